import type { AppEvent } from '../../app/app-events.ts';

/** Every event that a command can emit. */
export type CliEvent = AppEvent;

/** The events of some layers, by the first part of their type. */
export type EventOf<Layer extends string> = Extract<CliEvent, { readonly type: `${Layer}.${string}` }>;

/** True when an event is of a layer. */
export function isEventOf<Layer extends string>(event: CliEvent, layer: Layer): event is EventOf<Layer> {
  return event.type.startsWith(`${layer}.`);
}

/** Where a switch over events ends: a new event that is not handled does not compile. */
export function unhandledEvent(event: never): never {
  throw new TypeError(`no reading of the event ${JSON.stringify(event)}`);
}
