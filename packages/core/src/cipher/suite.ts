/** Suite 1 is XAES-256-GCM, suite 2 XChaCha20-Poly1305 (FORMAT.md section 3); 3 is reserved. */
export type Suite = 1 | 2;
