/** The app's entry: theme and routes. The landing page is prerendered and needs none of this. */
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "./app/router";
import { followSystem } from "./app/theme";
import "./styles.css";

followSystem();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <RouterProvider router={router} />
  </StrictMode>,
);
