export { DerivativeIncome } from "./DerivativeIncome";
export { Payout } from "./Payout";
