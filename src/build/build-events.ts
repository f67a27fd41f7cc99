/** What happens while packages are built; every event is plain data. `key` names the package in the lock, with its platform. */
export type BuildEvent =
  | { readonly type: 'base.started'; readonly packages: number }
  | { readonly type: 'base.finished'; readonly id: string; readonly packages: number }
  | {
      readonly type: 'build.started';
      readonly key: string;
      readonly name: string;
      readonly version: string;
      readonly platform: string;
      /** From earlier builds; absent when there was none. */
      readonly expectedSeconds?: number;
    }
  | { readonly type: 'build.phaseStarted'; readonly key: string; readonly phase: string }
  | { readonly type: 'build.output'; readonly key: string; readonly line: string }
  | {
      readonly type: 'build.finished';
      readonly key: string;
      readonly seconds: number;
      readonly cpuSeconds: number;
      readonly peakBytes: number;
    }
  | {
      readonly type: 'build.failed';
      readonly key: string;
      readonly phase: string;
      readonly command: string;
      readonly firstError: string;
      readonly log: string;
    }
  | { readonly type: 'build.skipped'; readonly key: string; readonly because: string };
