/* SPDX-License-Identifier: Apache-2.0 */
/** Which httpd resumes a TLS session at a virtual host it was not made for. */
#ifndef MOD_EAS_WANDERING_H
#define MOD_EAS_WANDERING_H

/**
 * Whether a version of httpd lets a TLS 1.3 session of one virtual host, with
 * the certificate in it, be resumed at another: 2.4.35 to 2.4.63
 * (CVE-2025-23048).  A distribution may have mended it and kept the number.
 * @return 1 or 0
 */
int mod_eas_wandering(int major, int minor, int patch);

#endif
