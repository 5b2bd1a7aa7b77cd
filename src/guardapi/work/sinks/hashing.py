"""Hashes that are slow on purpose, and fast ones that a caller has repeated.

Facts: `memory` (whether the hash takes memory on purpose, too: scrypt, argon2). `amount`: the caller's rounds.
"""

from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.specs import Facts, Invocation, Spec

HARD: Final = ("scrypt", "argon2", "nacl")


def _slow(call: Invocation) -> Facts | None:
    method = call.constant("method", 1)
    text = f"{call.path} {method}".lower()
    by_default = call.path.startswith("werkzeug.") and not isinstance(method, str)
    return {"memory": by_default or any(word in text for word in HARD)}


def _quick_salt(call: Invocation) -> Facts | None:
    """`bcrypt.gensalt(rounds)` costs nothing itself; the rounds come back in the hash."""
    rounds = call.argument(0, "rounds")
    return {"memory": False} if rounds is not None and _is_free(rounds) else None


def _is_free(flow: Flow) -> bool:
    return bool(flow.taints) and not flow.is_bounded


def _repeated(call: Invocation) -> Facts | None:
    """A fast hash in a loop that runs as often as the caller says."""
    loops = [found for found in call.run.loops if found.kind == "amount"]
    return {"memory": False, "inputs": (loops[-1],)} if loops else None


SINKS = (
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=(
            "werkzeug.security.generate_password_hash",
            "{flask_bcrypt,flaskext.bcrypt}.{Bcrypt().,}generate_password_hash",
            "flask_argon2.{Argon2().,}generate_password_hash",
            "flask_scrypt.{generate_password_hash,generate_random_salt}",
            "flask_security.{utils.,}{hash_password,encrypt_password}",
            "flask_user.{UserManager().,}{hash_password,password_manager.hash_password}",
            "django.contrib.auth.hashers.make_password",
        ),
        roles={Role.SECRET: (0, "password", "secret"), Role.AMOUNT: ("rounds", "salt_length")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=(
            "{bcrypt,py_bcrypt,bcryptor.Bcrypt()}.{hashpw,hash,kdf,create}",
            "argon2.{PasswordHasher().hash,hash_password,hash_password_raw,argon2_hash}",
            "argon2.low_level.{hash_secret,hash_secret_raw}",
            "passlib.hash.{*.,*.using().,*.encrypt.}{hash,encrypt}",
            "passlib.handlers.*.*.{hash,encrypt,using().hash}",
            "passlib.{context.CryptContext(),apps.*}.{hash,encrypt}",
            "passlib.utils.pbkdf2.pbkdf2",
            "scrypt.{hash,encrypt}",
            "cryptography.hazmat.primitives.kdf.{pbkdf2.PBKDF2HMAC,scrypt.Scrypt,argon2.Argon2id}().{derive,derive_phc_encoded}",
            "nacl.pwhash.{kdf_scryptsalsa208sha256,argon2i.kdf,argon2id.kdf,argon2i.str,argon2id.str,scrypt.kdf,str}",
            "pwdlib.PasswordHash().hash",
            "crypt.crypt",
            "werkzeug.security.{pbkdf2_hex,pbkdf2_bin}",
        ),
        roles={Role.SECRET: (0, "password", "secret"), Role.AMOUNT: ("rounds", "time_cost", "memory_cost")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=("{hashlib,backports.pbkdf2,fastpbkdf2}.pbkdf2_hmac",),
        roles={Role.SECRET: (1, "password"), Role.AMOUNT: (3, "iterations")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=("hashlib.scrypt",),
        roles={Role.SECRET: (0, "password"), Role.AMOUNT: ("n", "r", "p")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=("{Crypto,Cryptodome}.Protocol.KDF.{PBKDF2,scrypt,bcrypt}",),
        roles={Role.SECRET: (0, "password"), Role.AMOUNT: ("count", "N", "cost")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=("bcrypt.gensalt",),
        roles={Role.AMOUNT: (0, "rounds")},
        inspect=_quick_salt,
    ),
    Spec(
        kind=Kind.PASSWORD_HASH,
        work=WorkClass.HEAVY,
        names=("hashlib.{md5,sha1,sha224,sha256,sha384,sha512,blake2b,blake2s,sha3_256,sha3_512,new}",),
        inspect=_repeated,
    ),
)
