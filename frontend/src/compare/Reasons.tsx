/** Why a picture is a copy, and what was done to it, in the matcher's words. */
export function Reasons({ reasons }: { reasons: readonly string[] }) {
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {reasons.map((reason) => (
        <li key={reason} className="flex gap-2">
          <span aria-hidden className="text-quiet">
            •
          </span>
          <span className="first-letter:uppercase">{reason}</span>
        </li>
      ))}
    </ul>
  );
}
