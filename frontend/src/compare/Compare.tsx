/** Work and found picture: side by side, under a slider, or as their difference, aligned by the match's transform. */
import { useEffect, useRef, useState } from "react";
import { alignment, type Size } from "./align";

export type Mode = "side" | "slider" | "difference";
export const MODES: readonly (readonly [Mode, string])[] = [
  ["side", "Side by side"],
  ["slider", "Slider"],
  ["difference", "Difference"],
];

interface Pair {
  readonly work: string;
  readonly found: string;
  readonly transform: readonly number[];
  readonly mirrored: boolean;
  readonly title: string;
}

export function Compare({ pair, mode, tall = false }: { pair: Pair; mode: Mode; tall?: boolean }) {
  return mode === "side" ? <SideBySide pair={pair} tall={tall} /> : <Laid pair={pair} mode={mode} tall={tall} />;
}

export function ModeSwitch({ mode, onChange }: { mode: Mode; onChange(mode: Mode): void }) {
  return (
    <div
      role="group"
      aria-label="Comparison mode"
      className="inline-flex rounded-lg border border-line bg-sunken p-0.5"
    >
      {MODES.map(([name, label]) => (
        <button
          key={name}
          type="button"
          aria-pressed={mode === name}
          onClick={() => onChange(name)}
          className={`min-h-8 cursor-pointer rounded-md px-3 text-xs font-medium ${mode === name ? "bg-surface text-ink shadow-sm" : "text-quiet hover:text-ink"}`}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

// The comparison and the four judgements fit the window together.
const HEIGHT = "max-h-[34dvh] sm:max-h-[max(14rem,calc(100dvh-27rem))]";
const TALL = "max-h-[70dvh]";

function SideBySide({ pair, tall }: { pair: Pair; tall: boolean }) {
  const height = tall ? TALL : HEIGHT;
  return (
    <div className="grid grid-cols-2 gap-2 sm:gap-3">
      {[
        { source: pair.work, label: "Registered work" },
        { source: pair.found, label: "Found on the page" },
      ].map(({ source, label }) => (
        <figure key={label} className="flex min-w-0 flex-col">
          <div className="checkerboard grid grow place-items-center overflow-hidden rounded-xl">
            <img src={source} alt={`${label}: ${pair.title}`} className={`${height} w-full object-contain`} />
          </div>
          <figcaption className="mt-1.5 text-xs text-quiet">{label}</figcaption>
        </figure>
      ))}
    </div>
  );
}

/** The found picture lies on the work; CSS does the warping, so a mode or a slider costs no work of ours. */
function Laid({ pair, mode, tall }: { pair: Pair; mode: Mode; tall: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [work, setWork] = useState<Size | null>(null);
  const [found, setFound] = useState<Size | null>(null);
  const [share, setShare] = useState(50);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWork({ width: element.clientWidth, height: element.clientHeight }));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const shown = work?.width && work.height && found;
  return (
    <figure>
      <div className="grid place-items-center">
        <div ref={box} className="relative overflow-hidden rounded-xl bg-black">
          <img
            src={pair.work}
            alt={`Registered work: ${pair.title}`}
            className={`${tall ? TALL : HEIGHT} block max-w-full`}
          />
          <div
            className="absolute inset-0 overflow-hidden"
            style={mode === "difference" ? { mixBlendMode: "difference" } : { clipPath: `inset(0 0 0 ${share}%)` }}
          >
            <img
              src={pair.found}
              alt="The found picture, laid over the work"
              onLoad={(event) =>
                setFound({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
              }
              className="absolute top-0 left-0 max-w-none origin-top-left"
              style={
                shown
                  ? {
                      width: found.width,
                      height: found.height,
                      transform: alignment(pair.transform, pair.mirrored, found, work),
                    }
                  : { visibility: "hidden" }
              }
            />
          </div>
          {mode === "slider" && (
            <>
              <span
                aria-hidden
                className="absolute inset-y-0 w-0.5 -translate-x-1/2 bg-white shadow-[0_0_0_1px_rgb(0_0_0/0.4)]"
                style={{ left: `${share}%` }}
              />
              <input
                type="range"
                min={0}
                max={100}
                value={share}
                aria-label="Work on the left, found picture on the right"
                onChange={(event) => setShare(Number(event.target.value))}
                className="absolute inset-0 size-full cursor-ew-resize opacity-0 focus-visible:opacity-20"
              />
            </>
          )}
        </div>
      </div>
      <figcaption className="mt-1.5 text-center text-xs text-quiet">
        {mode === "slider"
          ? "Left: the registered work. Right: the found picture, aligned with it. Drag to compare."
          : "Differences are bright. Areas that match are black."}
      </figcaption>
    </figure>
  );
}
