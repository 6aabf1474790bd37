export { FindCasePage } from "./FindCasePage";
export { PortalPage } from "./PortalPage";
