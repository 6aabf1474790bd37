export { CertificatePage } from "./CertificatePage";
