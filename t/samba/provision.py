#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the domain EXAMPLE.TEST, puts people into it, and last of all makes
the file "provisioned" beside SMB.CONF.

    provision.py SMB.CONF PEOPLE.LDIF

samba-tool would do, but sets ACLs of a file server that nobody uses, for
which it has to be more than the root of a user namespace; and each call of it
takes a second.
"""

import base64
import logging
import os
import re
import sys
import time

import ldb
import samba.param
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.provision import provision
from samba.samdb import SamDB

# Lets pwdLastSet be written: DSDB_CONTROL_PASSWORD_BYPASS_LAST_SET_OID
WRITE_LAST_SET = ["local_oid:1.3.6.1.4.1.7165.4.3.12:0"]
# The years from 1601 to 1970
EPOCH = 11644473600


def ad_time(match):
    days = int(match.group(2))
    return "%s: %d" % (match.group(1),
                       int(time.time() + days * 86400 + EPOCH) * 10000000)


def ad_password(match):
    text = match.group(2)
    if match.group(1) == "::":
        text = base64.b64decode(text).decode("utf-8")
    quoted = ('"%s"' % text).encode("utf-16-le")
    return "unicodePwd:: " + base64.b64encode(quoted).decode("ascii")


def load(db, text):
    text = re.sub(r"^(\w+): now([+-]\d+)d$", ad_time, text, flags=re.M)
    text = re.sub(r"^userPassword(::?) (.*)$", ad_password, text, flags=re.M)
    db.transaction_start()
    for kind, message in db.parse_ldif(text):
        if kind == ldb.CHANGETYPE_MODIFY:
            db.modify(message, WRITE_LAST_SET)
        else:
            db.add(message)
    db.transaction_commit()


def main(conf, ldif):
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
    lp = samba.param.LoadParm()
    lp.load(conf)
    provision(logging.getLogger(), system_session(), smbconf=conf, lp=lp,
              realm=lp.get("realm"), domain=lp.get("workgroup"),
              hostname="dc1", hostip="127.0.0.1",
              serverrole=lp.get("server role"), dns_backend="NONE",
              dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
              adminpass="Administrator-secret-1", use_rfc2307=True)
    db = SamDB(session_info=system_session(), lp=lp)
    with open(ldif, encoding="utf-8") as file:
        load(db, file.read())
    open(os.path.join(os.path.dirname(conf), "provisioned"), "x").close()


main(*sys.argv[1:])
