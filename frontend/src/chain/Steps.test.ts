import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { Steps } from "./Steps";

const shown = (steps: string[], step: number, more: { behind?: string[]; ahead?: string[] } = {}): string => {
  const progress = { phase: "wallet", step, steps, problem: null } as const;
  return renderToStaticMarkup(createElement(Steps, { progress, onDismiss: () => undefined, ...more }));
};

describe("the steps of an order", () => {
  it("are counted over the whole flow, also where two have the same words", () => {
    const claims = ["Collect 60 certificates", "Collect 60 certificates", "Collect 11 certificates"];
    expect(shown(["Date 131 works"], 0, { ahead: claims })).toContain("1 of 4");
    const second = shown(claims, 1, { behind: ["Date 131 works"] });
    expect(second).toContain("3 of 4");
    expect(second.match(/Collect 60 certificates/g)).toHaveLength(2);
  });

  it("are not counted where there is one only", () => {
    expect(shown(["Register “A”"], 0)).not.toContain(" of ");
  });

  it("do not fill the page where there are many", () => {
    const markup = shown(
      Array.from({ length: 167 }, (_, at) => `Step ${at}`),
      80,
    );
    expect(markup.match(/<li/g)!.length).toBeLessThan(7);
    expect(markup).toContain("81 of 167");
    expect(markup).toContain("and 84 more");
  });
});
