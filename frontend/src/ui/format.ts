/** Dates, amounts and names, as people read them. */

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const WEI = 10n ** 18n;

/** Unix seconds or an ISO date → "21 Nov 2026, 14:05". */
export function when(at: number | string): string {
  return DATE.format(typeof at === "number" ? at * 1_000 : new Date(at));
}

/** CPY wei → "1,234.5"; every digit that is there, none invented. */
export function cpy(wei: bigint | string): string {
  const value = BigInt(wei);
  const whole = (value / WEI).toLocaleString("en-US");
  const part = (value % WEI).toString().padStart(18, "0").replace(/0+$/, "");
  return part ? `${whole}.${part}` : whole;
}

/** Without the commas between thousands. A comma anywhere else stays, and is refused: "250,00" is not 25,000. */
function ungrouped(text: string): string {
  const bare = text.trim();
  return /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare) ? bare.replaceAll(",", "") : bare;
}

/** "1234.5" → wei, or null for what is no amount. */
export function parseCpy(text: string): bigint | null {
  const match = /^(\d{1,12})(?:\.(\d{1,18}))?$/.exec(ungrouped(text));
  return match ? BigInt(match[1]!) * WEI + BigInt((match[2] ?? "").padEnd(18, "0")) : null;
}

/** "250" or "250.00" → 25000 minor units, or null. */
export function parseMoney(text: string, decimals: number): number | null {
  const match = /^(\d{1,9})(?:\.(\d+))?$/.exec(ungrouped(text));
  if (!match || (match[2] ?? "").length > decimals) return null;
  return Number(match[1]) * 10 ** decimals + Number((match[2] ?? "").padEnd(decimals, "0") || 0);
}

/** Digits after the point of a currency: 2 for EUR, 0 for JPY (ISO 4217). */
export function decimalsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** 25000 minor units of EUR → "250.00 EUR". */
export function shownMoney(minor: number, currency: string, decimals: number): string {
  const amount = (minor / 10 ** decimals).toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return `${amount} ${currency}`;
}

export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
