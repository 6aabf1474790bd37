export { WorksPage } from "./WorksPage";
