import { constants } from 'node:os';

/** How the user's wish to stop reaches the work under way. */
export interface SignalWatch {
  readonly signal: AbortSignal;
  /** 128 and the signal's number, once one has arrived. */
  readonly exitCode: number | undefined;
  /** From now on SIGINT is for the program that has the terminal; it does not end this one. */
  readonly leaveInterrupts: () => void;
  readonly close: () => void;
}

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Turns the first SIGINT, SIGTERM or SIGHUP into an abort, and a second one into the end of the process.
 * Work has ten seconds to end its children; then the process ends anyway. */
export function watchSignals(renderer: { readonly restore: () => void }): SignalWatch {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let interruptsAreOurs = true;
  const onSignal = (name: NodeJS.Signals) => {
    if (name === 'SIGINT' && !interruptsAreOurs) return;
    const again = exitCode !== undefined;
    exitCode = 128 + constants.signals[name];
    const leave = () => {
      renderer.restore();
      process.exit(exitCode);
    };
    if (again) leave();
    controller.abort(new DOMException(`stopped by ${name}`, 'AbortError'));
    setTimeout(leave, 10_000).unref();
  };
  for (const name of watched) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    leaveInterrupts: () => {
      interruptsAreOurs = false;
    },
    close: () => {
      for (const name of watched) process.off(name, onSignal);
    },
  };
}
