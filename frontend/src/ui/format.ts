/** Dates, amounts and names, as people read them. */

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const WEI = 10n ** 18n;

/** Unix seconds or an ISO date → "21 Nov 2026, 14:05". */
export function when(at: number | string): string {
  return DATE.format(typeof at === "number" ? at * 1_000 : new Date(at));
}

/** Unix seconds → "21 November 2026". */
export function day(at: number): string {
  return DAY.format(at * 1_000);
}

/** CPY wei → "1,234.5"; every digit that is there, none invented. */
export function cpy(wei: bigint | string): string {
  const value = BigInt(wei);
  const whole = (value / WEI).toLocaleString("en-US");
  const part = (value % WEI).toString().padStart(18, "0").replace(/0+$/, "");
  return part ? `${whole}.${part}` : whole;
}

/** The probability that a picture is a copy, in words and never as certainty: 0.9995 → "Almost certain (over 99.9%)". */
export function likelihood(score: number): string {
  const word = score >= 0.99 ? "Almost certain" : score >= 0.95 ? "Very likely" : score >= 0.85 ? "Likely" : "Possible";
  return `${word} (${score > 0.999 ? "over 99.9" : (Math.floor(score * 1000) / 10).toFixed(1)}%)`;
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

/** Whole units of a currency that a demand may have: 999,999,999.99 EUR. The contracts count in 48 bits. */
const MONEY_DIGITS = 9;

/** The largest demand, in minor units. */
export function largestMoney(decimals: number): number {
  return 10 ** (MONEY_DIGITS + decimals) - 1;
}

export type Money = { readonly minor: number } | { readonly problem: "none" | "zero" | "decimals" | "large" };

/**
 * "250", "250.50", "250,50", "1,234.50", "1.234,50", "1 234,50" → minor units. Point and comma both divide whole and
 * part, as people of either habit write it. A single mark before three digits groups thousands where the currency has
 * no thousandths: "1,234" is 1234. "1.234" could be either and is refused.
 */
export function parseMoney(text: string, decimals: number): Money {
  const bare = text.trim().replaceAll(/(?<=\d)[\s'’](?=\d{3}(?!\d))/g, "");
  const match =
    /^(\d+)(?:[.,](\d+))?$/.exec(/^[1-9]\d{0,2}(,\d{3})+$/.test(bare) ? bare.replaceAll(",", "") : bare) ??
    /^([1-9]\d{0,2}(?:,\d{3})+)\.(\d+)$/.exec(bare) ??
    /^([1-9]\d{0,2}(?:\.\d{3})+),(\d+)$/.exec(bare) ??
    /^([1-9]\d{0,2}(?:\.\d{3}){2,})$/.exec(bare);
  if (!match) return { problem: "none" };
  const whole = match[1]!.replaceAll(/[.,]/g, "").replace(/^0+(?=\d)/, "");
  const part = match[2] ?? "";
  if (part.length > decimals) return { problem: "decimals" };
  if (whole.length > MONEY_DIGITS) return { problem: "large" };
  const minor = Number(whole) * 10 ** decimals + Number(part.padEnd(decimals, "0") || 0);
  return minor === 0 ? { problem: "zero" } : { minor };
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
