"""All settings, in the order of Django's documentation. Nothing else reads the environment.

With nothing set this is a development server on SQLite. `.env.example` lists every variable.
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.http.request import validate_host
from environ import Env

from config.environment import (
    DAY,
    HOUR,
    Environment,
    admin_hosts,
    bearer_token,
    collected_files,
    database,
    dotted_path,
    env_file,
    folder,
    header_names,
    hosts,
    hours,
    limits_of,
    mail_server,
    networks,
    number_from,
    on_or_off,
    one_of,
    origin_patterns,
    origins,
    page_with,
    pages,
    redis,
    sender,
    server_url,
)
from config.secret_values import (
    FROM_SECRET_KEY,
    former_keys,
    signing_keys,
    stripe_key,
    ticket_keys,
    token_name,
)
from config.wallet_values import is_key_of, pass_certificates, pass_key

BASE_DIR = Path(__file__).resolve().parent.parent

environment = Environment()
setting, secret = environment.setting, environment.secret
if sys.argv[1:2] != ["test"]:
    environment.read_file(setting("ENV_FILE", env_file, BASE_DIR / ".env"))

# Core ---------------------------------------------------------------------------------------

DEBUG = setting("DEBUG", on_or_off, True)
ALLOWED_HOSTS = setting("ALLOWED_HOSTS", hosts, [])

if DEBUG:
    SECRET_KEY = secret("SECRET_KEY", str, "only-for-development: everybody can read this key")
else:
    SECRET_KEY = secret("SECRET_KEY", str, "")
    is_reported = any(each.startswith("SECRET_KEY_FILE") for each in environment.mistakes)
    if len(SECRET_KEY) < 50 and not is_reported:
        environment.mistakes.append(
            "SECRET_KEY must be set to 50 or more random characters when DEBUG is off. For one: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if not ALLOWED_HOSTS:
        environment.mistakes.append(
            "ALLOWED_HOSTS must name the hosts that are served when DEBUG is off, "
            "such as ALLOWED_HOSTS=tickets.example,www.tickets.example."
        )

# Former secret keys, which still verify sessions, links in mails, and tokens.
SECRET_KEY_FALLBACKS = secret("SECRET_KEY_FALLBACKS", former_keys(1 if DEBUG else 50), [])

# Of the numbers of rows in the API: another key gives every booking another id.
ID_KEY = secret("ID_KEY", str, SECRET_KEY)

INSTALLED_APPS = [
    # First, so that their templates come before those of the packages.
    "core",
    "audit",
    "outbox",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_filters",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp_webauthn",
    "accounts",
    "movies",
    "bookings",
    "payments",
    "tickets",
    "demo",
]

MIDDLEWARE = [
    "core.observability.request_log.request_log_middleware",
    "core.http.policies.PolicyMiddleware",
    "core.http.health.health_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "core.http.conditional.ConditionalReadMiddleware",
    "core.http.closed.closed_pages_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.http.bodies.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "audit.records.current_request",
    "audit.looks.looks_middleware",
    "accounts.second_factor.gate.StaffGate",
    "core.http.admin_guard.AdminInputGuard",
    "accounts.admin_limit.AdminPasswordLimit",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # core.http.handlers.unknown_path answers every method, not only GET

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Bytes of a body, but for calls and forms that take a plan, prices, the seats of a hall or scans.
MAX_BODY_BYTES = 64 * 1024

# Bytes; enough for a seating plan of 5,000 seats. core.http.parsers applies it to JSON too.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# The grid of a price list in the admin has a field for each category and ticket type. Django's
# limit of 1,000 is too low for it; the size above bounds a form anyway.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Threads of a server process: the number of requests that it works on at a time. config.asgi.
THREADS = setting("THREADS", number_from(1, 256), 2)
# Seconds in which a whole body must arrive.
BODY_SECONDS = 20
# Seconds in which a client must read 64 kB of a large answer.
PART_SECONDS = 20
# Bodies above MAX_BODY_BYTES that a server process reads at a time.
LARGE_BODIES = 8

# X-Forwarded-For, X-Forwarded-Proto and X-Request-ID are trusted only from these networks.
TRUSTED_PROXIES = setting("TRUSTED_PROXIES", networks, [])

# Databases ----------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_database: dict[str, Any] = secret(
    "DATABASE_URL",
    database,
    {"ENGINE": "django.db.backends.sqlite3", "NAME": str(BASE_DIR / "db.sqlite3")},
)
DATABASES = {"default": _database}
DATABASE_POOL_SIZE = setting("DATABASE_POOL_SIZE", number_from(1, 1000), 10)
# The longest that PostgreSQL works for one statement of a server; 0: no limit. config.wsgi sets it:
# migrations and other commands may take as long as they need.
DATABASE_STATEMENT_SECONDS = setting("DATABASE_STATEMENT_SECONDS", number_from(0, HOUR), 15)

_database.setdefault("OPTIONS", {})
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "core.db.sqlite"
    # IMMEDIATE takes the write lock at BEGIN, where the busy timeout applies. Otherwise a
    # transaction that reads before it writes fails at once with "database is locked".
    # FULL: a booking that was answered survives a power cut.
    _database["OPTIONS"] |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    _database["CONN_MAX_AGE"] = 60
    # A file, because the busy timeout does not work between threads of an in-memory database.
    _database["TEST"] = {"NAME": str(BASE_DIR / "test.sqlite3")}
else:
    _database["ENGINE"] = "core.db.postgresql"
    _database["OPTIONS"] |= {
        "pool": {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": 5,  # seconds to wait for a connection before the answer is 503
            # Seconds of retries with backoff while the database is down. Kept short: the next
            # request starts new retries, so the service recovers as soon as the database does.
            "reconnect_timeout": 3,
        },
        "connect_timeout": 5,
        # Detect a dead machine or network in seconds; TCP alone would wait for 15 minutes.
        "tcp_user_timeout": 5_000,  # milliseconds
        "keepalives_idle": 5,  # seconds
        "keepalives_interval": 2,  # seconds
        "keepalives_count": 3,
        # Prepare a statement at its third execution on a connection.
        "server_side_binding": True,
        "prepare_threshold": 3,
        "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s",
    }

# Cache: shared by all processes, because it holds the counts of the throttles ----------------

REDIS_URL = secret("REDIS_URL", redis, "")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},  # seconds
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# Mail ---------------------------------------------------------------------------------------

_mail = secret("EMAIL_URL", mail_server, None)
if _mail is None:
    _mail = Env.email_url_config("consolemail://" if DEBUG else "smtp://localhost:25")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH") or None  # for filemail:///FOLDER
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = setting("DEFAULT_FROM_EMAIL", sender, "tickets@localhost")

# The front end's page to set a new password, and the one to verify an address.
PASSWORD_RESET_URL = setting("PASSWORD_RESET_URL", page_with("uid", "token"), "")
EMAIL_VERIFY_URL = setting("EMAIL_VERIFY_URL", page_with("token"), "")
PASSWORD_RESET_TIMEOUT = HOUR

# Languages and times ------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"  # times are stored in UTC; answers carry the offset of the show's cinema
USE_TZ = True

# Logging: one line per request, and the request id in every line -----------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "core.observability.request_log.RequestIdFilter"},
        "wrong_host": {"()": "core.observability.request_log.WrongHostFilter"},
    },
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{request_id}{message}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "line" if DEBUG else "json",
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"handlers": [], "level": "ERROR"},
        # The request log has the 4xx already; a 500 is logged here with its traceback.
        "django.request": {"level": "ERROR"},
        # A request for an unknown host is answered with 400; a traceback adds nothing.
        "django.security.DisallowedHost": {"filters": ["wrong_host"]},
        "axes": {"level": "ERROR"},  # the request log has each failed log-in already
        "stripe": {"level": "WARNING"},  # a failed call is an error of ours, or tried again
    },
}

# Metrics: /metrics for Prometheus ----------------------------------------------------------------

# Required as "Authorization: Bearer TOKEN". If empty, /metrics is open with DEBUG, else closed.
METRICS_TOKEN = secret("METRICS_TOKEN", bearer_token, "")
# Directory of the counts of all processes; prometheus_client reads the same variable.
PROMETHEUS_MULTIPROC_DIR = setting("PROMETHEUS_MULTIPROC_DIR", folder, "")

# Security -----------------------------------------------------------------------------------

CSRF_FAILURE_VIEW = "core.http.handlers.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# django-csp: the policy of pages. core.http.policies has that of all other responses, and
# config.urls what Redoc needs beyond it.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

SILENCED_SYSTEM_CHECKS: list[str] = []
if not DEBUG:
    SECURE_SSL_REDIRECT = setting("SECURE_SSL_REDIRECT", on_or_off, True)
    SECURE_HSTS_SECONDS = setting("SECURE_HSTS_SECONDS", number_from(0, 3650 * DAY), 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # The list of browsers keeps a domain for years, so it is a decision of its owner.
    SECURE_HSTS_PRELOAD = setting("SECURE_HSTS_PRELOAD", on_or_off, False)
    if SECURE_HSTS_PRELOAD and SECURE_HSTS_SECONDS < 365 * DAY:
        environment.mistakes.append(
            f"SECURE_HSTS_PRELOAD must be off while SECURE_HSTS_SECONDS is {SECURE_HSTS_SECONDS}: "
            f"browsers list only domains with {365 * DAY} or more."
        )
    SILENCED_SYSTEM_CHECKS += ["security.W021"]  # which asks for it
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# Pages that are answered as an unknown path.
CLOSED_PAGES = setting("CLOSED_PAGES", pages("swagger", "redoc", "schema", "metrics", "readyz"), [])
# The only hosts and addresses that get the admin; empty: all.
ADMIN_HOSTS = setting("ADMIN_HOSTS", admin_hosts, [])
ADMIN_ADDRESSES = setting("ADMIN_ADDRESSES", networks, [])
if ALLOWED_HOSTS:
    for host in ADMIN_HOSTS:
        if not validate_host(host.removeprefix("."), ALLOWED_HOSTS):
            environment.mistakes.append(
                f"ADMIN_HOSTS must be among ALLOWED_HOSTS, which do not have {host!r}."
            )

# django-cors-headers: in production only the configured origins.
CORS_ALLOWED_ORIGINS = setting("CORS_ALLOWED_ORIGINS", origins, [])
CORS_ALLOWED_ORIGIN_REGEXES = setting("CORS_ALLOWED_ORIGIN_REGEXES", origin_patterns, [])
CORS_ALLOW_ALL_ORIGINS = DEBUG and not (CORS_ALLOWED_ORIGINS or CORS_ALLOWED_ORIGIN_REGEXES)
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "challenge-answer",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "x-request-id",
    *setting("CORS_ALLOW_HEADERS", header_names, []),
]
CORS_EXPOSE_HEADERS = [
    "Date",
    "ETag",
    "Idempotency-Replayed",
    "Retry-After",
    "X-Request-ID",
    *setting("CORS_EXPOSE_HEADERS", header_names, []),
]
CORS_PREFLIGHT_MAX_AGE = setting("CORS_PREFLIGHT_MAX_AGE", number_from(0, DAY), DAY)

# Users --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "/admin/"  # the admin has the only log-in page
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.NameOrAddressBackend",
]
# The first one hashes; a log-in renews the hash of another one. Each hashes OneAtATime.
PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher", "accounts.hashers.PBKDF2Hasher"]
# Off in development, because the README uses a short password.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "accounts.known_passwords.KnownPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
    if not DEBUG
] + [{"NAME": "accounts.password_notice.PasswordNotice"}]  # no rule: it mails the user

# The terms that a customer accepts at sign-up; empty: none.
TERMS_URL = setting("TERMS_URL", page_with(), "")

# django-axes: lock out a user name from an address after five wrong passwords. Attempts during
# the lock-out do not extend it, so Retry-After is correct. The handler also slows down a user name
# over all addresses.
AXES_HANDLER = "accounts.lockout.Lockout"
AXES_CLIENT_IP_CALLABLE = "core.http.addresses.counted_address"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_USERNAME_CALLABLE = "accounts.failures.counted_name"  # all spellings of a name are one
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_VERBOSE = False
# It stores the form of a failure; `password` is left out in any case.
AXES_SENSITIVE_PARAMETERS = [
    *("username", "ip_address", "code", "answer"),
    *("old_password", "new_password1", "new_password2"),
]

# `required` closes the admin and the log-in of the API to staff without a second factor. Those who
# have set one up are asked for it in any case.
STAFF_SECOND_FACTOR = setting("STAFF_SECOND_FACTOR", one_of("off", "required"), "off")
STAFF_SESSION_HOURS = setting("STAFF_SESSION_HOURS", number_from(1, 24), 8)
STAFF_IDLE_MINUTES = setting("STAFF_IDLE_MINUTES", number_from(1, 24 * 60), 30)
SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * HOUR  # only the admin has sessions

# django-otp and django-otp-webauthn: a security key is added for the host of the request.
OTP_TOTP_ISSUER = "Movie Ticket Booking"
OTP_WEBAUTHN_RP_NAME = OTP_TOTP_ISSUER
OTP_WEBAUTHN_RP_ID_CALLABLE = "accounts.second_factor.keys.relying_party"
OTP_WEBAUTHN_HELPER_CLASS = "accounts.second_factor.keys.KeyHelper"
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
OTP_WEBAUTHN_EXCEPTION_LOGGER_NAME = ""
SILENCED_SYSTEM_CHECKS += ["otp_webauthn.E030"]  # no fixed list of origins

# {kid: key}: the first signs tokens, all of them verify.
_signing_keys = signing_keys([SECRET_KEY, *SECRET_KEY_FALLBACKS])
JWT_SIGNING_KEYS = secret("JWT_SIGNING_KEYS", _signing_keys, _signing_keys(FROM_SECRET_KEY))
# The claims `iss` and `aud`: a token of another service is rejected, even with the same key.
JWT_ISSUER = setting("JWT_ISSUER", token_name, "movie-ticket-booking-api")
JWT_AUDIENCE = setting("JWT_AUDIENCE", token_name, "movie-ticket-booking-api")

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    # The clocks of two servers differ: a token may be issued a little later than now.
    "LEEWAY": timedelta(seconds=10),
    "CHECK_REVOKE_TOKEN": True,  # a new password invalidates every older token
}

# Static files: whitenoise serves them from the installed packages, or from STATIC_ROOT ---------

STATIC_URL = "/static/"
# `make serve` collects them there, with the hash of their content in their names.
is_collecting = sys.argv[1:2] == ["collectstatic"]
STATIC_ROOT = setting("STATIC_ROOT", folder if is_collecting else collected_files, None)
WHITENOISE_USE_FINDERS = DEBUG or STATIC_ROOT is None
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are large, and only developers load them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "gif", "png", "woff", "woff2", "ttf", "eot")
if STATIC_ROOT is not None:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# Django REST framework ----------------------------------------------------------------------

THROTTLING = setting("THROTTLING", on_or_off, True)

# Of one user, and of one address without a token, in each process; 0: no limit.
REQUESTS_PER_MINUTE = {
    "user": setting("USER_REQUESTS_PER_MINUTE", number_from(0, 1_000_000), 600),
    "address": setting("ADDRESS_REQUESTS_PER_MINUTE", number_from(0, 1_000_000), 3000),
}
# Of one user, and five times as many of one address without a token, in each process; 0: no limit.
_operations = {"hold": 60, "book": 60, "move": 60, "quote": 120, "refresh": 60, "me": 120}
OPERATIONS_PER_MINUTE = setting("OPERATIONS_PER_MINUTE", limits_of(_operations), _operations)
if not THROTTLING:
    REQUESTS_PER_MINUTE = dict.fromkeys(REQUESTS_PER_MINUTE, 0)
    OPERATIONS_PER_MINUTE = dict.fromkeys(OPERATIONS_PER_MINUTE, 0)

# Seats that one address may hold in HOLD_SECONDS, in each process; 0: no limit.
ADDRESS_HELD_SEATS = setting("ADDRESS_HELD_SEATS", number_from(0, 1_000_000), 0 if DEBUG else 300)
# The challenge that sign-ups and holds answer, as a dotted path: core.http.challenges. Empty: none.
CHALLENGE = setting("CHALLENGE", dotted_path, "")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.http.parsers.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.http.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "core.http.openapi.schema.ApiSchema",
    "EXCEPTION_HANDLER": "core.http.problems.problem_response",
    "URL_FORMAT_OVERRIDE": None,  # ?format= filters shows by format: 2D, 3D, IMAX
    "NUM_PROXIES": 0,  # config.wsgi sets REMOTE_ADDR to the client's address
    "DEFAULT_THROTTLE_CLASSES": [
        "core.http.throttles.CallerThrottle",
        "core.http.throttles.ScopedThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "sign_up": "120/min" if THROTTLING else None,
        "login": "120/min" if THROTTLING else None,
        "password": "20/min" if THROTTLING else None,
        "export": "10/hour" if THROTTLING else None,
        "mail": "10/hour" if THROTTLING else None,  # to one address
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Movie Ticket Booking API",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "CONTACT": {"name": "The Movie Ticket Booking API authors"},
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "TOS": TERMS_URL or None,
    "SERVERS": [{"url": "/", "description": "The host of this document"}],
    "DESCRIPTION": (
        "Movies, shows and seats of a cinema. A seat of a show is sold to at most one person.\n\n"
        "1. `POST /api/auth/signup/`, then `POST /api/auth/login/`; put the `access` token into "
        "**Authorize**.\n"
        "2. `GET /api/movies/` and `GET /api/movies/{id}/shows/`.\n"
        "3. `POST /api/shows/{id}/book/` with a seat number; or `hold/` several seats, and then "
        "`POST /api/orders/{code}/confirm/`.\n\n"
        "Errors are `application/problem+json` (RFC 9457); `code` is for programs, `type` leads to "
        "a page about it.\n\n"
        "A later version may add codes of errors, values of enumerations in answers, and fields of "
        "answers. Clients must take what they do not know: act by the HTTP status for an unknown "
        "`code`, show an unknown value as it is, and ignore an unknown field."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api",
    "PATH_CONVERTER_OVERRIDES": {"int": {"type": "integer", "minimum": 1}},
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,  # keep the order of the URLs: sign-up comes first
    "PREPROCESSING_HOOKS": ["core.http.openapi.operations.in_source_order"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.http.openapi.hooks.in_the_words_of_3_1",
        "core.http.openapi.hooks.with_open_enumerations",
    ],
    "GET_LIB_DOC_EXCLUDES": "core.http.openapi.schema.classes_without_words",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Collapse the list of schemas; it is longer than the rest of the page.
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,
        "defaultModelsExpandDepth": 0,
    },
    "REDOC_DIST": "SIDECAR",
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "bookings.models.Order.Status",
        "ShowFormat": "movies.models.Show.Format",
    },
    "TAGS": [
        {"name": "auth", "description": "Accounts and tokens"},
        {"name": "movies", "description": "Movies on show and their cinemas"},
        {"name": "shows", "description": "Shows, their seats, and booking"},
        {"name": "orders", "description": "A customer's orders: hold, confirm, move, cancel"},
        {"name": "bookings", "description": "A customer's bookings, one per seat"},
        {"name": "payments", "description": "Paying for orders"},
        {"name": "tickets", "description": "Tickets of booked seats: codes, pictures, PDF"},
        {"name": "door", "description": "Devices of staff at the door"},
        {"name": "staff", "description": "Staff only"},
    ],
}

# TTL of the per-process cache of shows, availability, seats and prices; 0 turns it off.
MEMORY_SECONDS = setting("MEMORY_SECONDS", number_from(0, HOUR), 1)

# Booking ------------------------------------------------------------------------------------

HOLD_SECONDS = setting("HOLD_SECONDS", number_from(1, 30 * DAY), 600)
HOLD_MAX_SECONDS = setting(
    "HOLD_MAX_SECONDS", number_from(1, 30 * DAY), 1200
)  # including extensions
if HOLD_MAX_SECONDS < HOLD_SECONDS:
    environment.mistakes.append(
        f"HOLD_MAX_SECONDS must be at least HOLD_SECONDS, which is {HOLD_SECONDS}, "
        f"not {HOLD_MAX_SECONDS}."
    )
# What the requests of one user with an Idempotency-Key may store in 24 hours.
IDEMPOTENCY_KEYS = setting("IDEMPOTENCY_KEYS", number_from(1, 1_000_000), 10_000)
IDEMPOTENCY_MEGABYTES = setting("IDEMPOTENCY_MEGABYTES", number_from(1, 10_000), 50)

MAX_SEATS_PER_ORDER = setting("MAX_SEATS_PER_ORDER", number_from(1, 10_000), 10)
MAX_SEATS_PER_SHOW = setting("MAX_SEATS_PER_SHOW", number_from(1, 10_000), 10)  # per customer
MAX_HELD_ORDERS = setting("MAX_HELD_ORDERS", number_from(1, 10_000), 5)  # of a customer at a time
MAX_HELD_SEATS = setting("MAX_HELD_SEATS", number_from(1, 10_000), 30)  # in these orders

# at_counter: customers book without paying. required: what costs something must be paid first.
PAYMENTS = setting("PAYMENTS", one_of("at_counter", "required"), "at_counter")

# The test gateway moves no money: never in production without being named.
TEST_GATEWAY = setting("TEST_GATEWAY", on_or_off, DEBUG)

# Stripe: both keys, or neither.
STRIPE_SECRET_KEY = secret("STRIPE_SECRET_KEY", stripe_key("sk", "rk"), "")
STRIPE_WEBHOOK_SECRET = secret("STRIPE_WEBHOOK_SECRET", stripe_key("whsec"), "")
STRIPE_API_BASE = setting("STRIPE_API_BASE", server_url, "https://api.stripe.com")
if bool(STRIPE_SECRET_KEY) != bool(STRIPE_WEBHOOK_SECRET):
    environment.mistakes.append(
        "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set together, or not at all."
    )

# Hours of full refunds after a show was rescheduled; None: until its new start.
RESCHEDULE_REFUND_HOURS = setting("RESCHEDULE_REFUND_HOURS", hours, None)

# Tickets ------------------------------------------------------------------------------------

# The first key signs the codes of tickets, all of them verify.
_secret_keys = list(dict.fromkeys([SECRET_KEY, *SECRET_KEY_FALLBACKS]))
TICKET_KEYS = secret("TICKET_KEYS", ticket_keys(_secret_keys), _secret_keys)

# How long before its start a show lets people in.
CHECK_IN_MINUTES = setting("CHECK_IN_MINUTES", number_from(1, 24 * 60), 90)

# Passes for Apple Wallet: the certificate of the pass type, those behind it, and its key.
WALLET_CERTIFICATE = secret("WALLET_CERTIFICATE", pass_certificates, "")
WALLET_KEY = secret("WALLET_KEY", pass_key, "")
if not any(each.startswith("WALLET_") for each in environment.mistakes):
    if bool(WALLET_CERTIFICATE) != bool(WALLET_KEY):
        environment.mistakes.append("WALLET_CERTIFICATE and WALLET_KEY must be set together.")
    elif WALLET_KEY and not is_key_of(WALLET_KEY, WALLET_CERTIFICATE):
        environment.mistakes.append("WALLET_KEY must be the key of WALLET_CERTIFICATE.")

# Personal data ------------------------------------------------------------------------------

# `tidy` erases customers without a log-in or an order for so many days; 0: none.
INACTIVE_CUSTOMER_DAYS = setting("INACTIVE_CUSTOMER_DAYS", number_from(0, 36_500), 0)

# Audit of staff -----------------------------------------------------------------------------

AUDIT_DAYS = setting("AUDIT_DAYS", number_from(30, 3650), 730)  # `tidy` deletes older entries

# Events and jobs ----------------------------------------------------------------------------

# `tidy` deletes older events and ended jobs. The events are what other programs can catch up with.
EVENT_DAYS = setting("EVENT_DAYS", number_from(1, 3650), 30)

# Tests --------------------------------------------------------------------------------------

TEST_RUNNER = "testing.runner.QuickQuietRunner"

environment.stop_on_mistakes()
