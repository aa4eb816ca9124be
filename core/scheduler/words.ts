/** Numbers, times and lists as the sentences of the queue write them. */

/** "1 machine", "3 machines". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** "a", "a and b", "a, b and 3 more". */
export function list(names: readonly string[], most = 3): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  const last = rest > 0 ? `${rest} more` : shown.length > 1 ? (shown.pop() as string) : null;
  return last === null ? shown.join(', ') : `${shown.join(', ')} and ${last}`;
}

/** "4 s", "12 min", "3 h", "2 days": two digits are as exact as an estimate gets. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** "10:02 UTC", with the date when it is not of the same day as `now`. */
export function clockTime(at: number, now: number): string {
  const [date, time] = new Date(at).toISOString().split('T') as [string, string];
  const day = new Date(now).toISOString().startsWith(date) ? '' : `${date} `;
  return `${day}${time.slice(0, 5)} UTC`;
}

/** "1st", "4th", "12th". */
export function ordinal(number: number): string {
  const tens = number % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}
