/** What people call the package of an event's key (`PLATFORM/NAME`). */
export function nameOfKey(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
