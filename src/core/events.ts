/** How a layer tells what happened: it emits events of its own union and never prints. */
export type Emit<Event> = (event: Event) => void;
