/** Amounts that people type: which currencies, and what to say of an amount that is none. */
import { decimalsOf, largestMoney, shownMoney, type Money } from "./format";

/** Currencies in which prices and demands can be made. */
export const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "JPY"] as const;

/** What is wrong with an amount. `what` names it: "demand", "price". */
export function sentenceOfMoney(
  { problem }: Extract<Money, { problem: string }>,
  currency: string,
  what: "demand" | "price",
): string {
  const decimals = decimalsOf(currency);
  switch (problem) {
    case "zero":
      return `The ${what} must be greater than zero.`;
    case "large":
      return `The ${what} can be at most ${shownMoney(largestMoney(decimals), currency, decimals)}.`;
    case "decimals":
      return decimals
        ? `${currency} has ${decimals} decimal places. Enter an amount such as 250 or 250.50.`
        : `${currency} has no decimal places. Enter an amount such as 25000.`;
    case "none":
      return `Enter an amount in digits, such as ${decimals ? "250, 250.50 or 250,50" : "25000"}.`;
  }
}
