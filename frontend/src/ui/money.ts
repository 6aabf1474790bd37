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
      return `The ${what} must be above 0.`;
    case "large":
      return `The largest ${what} is ${shownMoney(largestMoney(decimals), currency, decimals)}.`;
    case "decimals":
      return decimals
        ? `${currency} has ${decimals} digits after the point. Write an amount such as 250 or 250.50.`
        : `${currency} has no digits after the point. Write an amount such as 25000.`;
    case "none":
      return `Write an amount such as ${decimals ? "250, 250.50 or 250,50" : "25000"}, in digits only.`;
  }
}
