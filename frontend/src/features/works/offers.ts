/** Price structures of an offer: what each allows, in the words that sellers and buyers read. */
import type { Schemas } from "../../api/client";

export type Preset = Schemas["Terms"]["preset"];

interface Structure {
  readonly name: string;
  readonly allows: string;
}

/** As contracts/market/Presets.sol has them. */
export const STRUCTURES: Record<Preset, Structure> = {
  web: { name: "Website", allows: "Editorial and commercial use on one website, for a year. Renewable." },
  editorial: { name: "Editorial", allows: "Editorial use on one website and in print, for a year. Renewable." },
  social: { name: "Social media", allows: "Use on one social media account, for a year. Renewable." },
  print: { name: "Print", allows: "Editorial use and advertising in print, for a year." },
  campaign: {
    name: "Campaign",
    allows: "Web, social media, print advertising and broadcast, for 90 days. The buyer may name clients.",
  },
  agency: { name: "Agency", allows: "Online use for a year. Renewable, and the buyer may name clients." },
  "exclusive web": {
    name: "Exclusive on the web",
    allows: "Online use for a year. Nobody else is licensed for online use during that time. Renewable.",
  },
  "buy-out": {
    name: "Buy-out",
    allows: "Every use for 100 years. Nobody else is licensed during that time. The buyer may pass the licence on.",
  },
};

/** The licence in words, where the seller writes none of their own. */
export function wordsOf(preset: Preset): string {
  return `${STRUCTURES[preset].allows} Worldwide. The photographer is credited where that is customary. The photograph may be cropped and resized, but what it says must not be altered.`;
}

/** The structure of an offer that stands, by what it allows; a plain word if it is none of ours. */
export function nameOf(offer: { readonly uses: number; readonly rights: number; readonly period: number }): string {
  const preset = BY_TERMS.get(`${offer.uses}/${offer.rights}/${offer.period}`);
  return preset ? STRUCTURES[preset].name : "Custom terms";
}

const YEAR = 365 * 86_400;
const BY_TERMS = new Map<string, Preset>([
  [`3/8/${YEAR}`, "web"],
  [`9/8/${YEAR}`, "editorial"],
  [`4/8/${YEAR}`, "social"],
  [`24/0/${YEAR}`, "print"],
  [`87/4/${90 * 86_400}`, "campaign"],
  [`7/12/${YEAR}`, "agency"],
  [`7/9/${YEAR}`, "exclusive web"],
  [`511/7/${100 * YEAR}`, "buy-out"],
]);
