//! Routes that packages define, for projects that include their routers.

/// A parameter or body of a package's handler.
pub(super) enum PackageField {
    /// A body whose type is this argument of the call that makes the router.
    Body(&'static str, usize),
    /// A text in the body, beside others.
    BodyText(&'static str),
    /// A path parameter of type text.
    Path(&'static str),
    /// The form of OAuth 2.0's password flow.
    PasswordForm,
}

/// One route.
pub(super) struct PackageRoute {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) handler: &'static str,
    pub(super) fields: &'static [PackageField],
    /// The argument of the call that is the response model.
    pub(super) response: Option<usize>,
    pub(super) status_code: Option<u16>,
}

const fn route(
    method: &'static str,
    path: &'static str,
    handler: &'static str,
    fields: &'static [PackageField],
    response: Option<usize>,
    status_code: Option<u16>,
) -> PackageRoute {
    PackageRoute { method, path, handler, fields, response, status_code }
}

use PackageField as F;

/// FastAPI Users 14, "Routers": the methods of `FastAPIUsers` and the routes of each (`fastapi_users/router/*.py`).
const ROUTERS: &[(&str, &[PackageRoute])] = &[
    (
        "get_auth_router",
        &[
            route("POST", "/login", "login", &[F::PasswordForm], None, None),
            route("POST", "/logout", "logout", &[], None, None),
        ],
    ),
    (
        "get_register_router",
        &[route("POST", "/register", "register", &[F::Body("user_create", 1)], Some(0), Some(201))],
    ),
    (
        "get_reset_password_router",
        &[
            route("POST", "/forgot-password", "forgot_password", &[F::BodyText("email")], None, Some(202)),
            route(
                "POST",
                "/reset-password",
                "reset_password",
                &[F::BodyText("token"), F::BodyText("password")],
                None,
                None,
            ),
        ],
    ),
    (
        "get_verify_router",
        &[
            route(
                "POST",
                "/request-verify-token",
                "request_verify_token",
                &[F::BodyText("email")],
                None,
                Some(202),
            ),
            route("POST", "/verify", "verify", &[F::BodyText("token")], Some(0), None),
        ],
    ),
    (
        "get_users_router",
        &[
            route("GET", "/me", "me", &[], Some(0), None),
            route("PATCH", "/me", "update_me", &[F::Body("user_update", 1)], Some(0), None),
            route("GET", "/{id}", "get_user", &[F::Path("id")], Some(0), None),
            route(
                "PATCH",
                "/{id}",
                "update_user",
                &[F::Path("id"), F::Body("user_update", 1)],
                Some(0),
                None,
            ),
            route("DELETE", "/{id}", "delete_user", &[F::Path("id")], None, Some(204)),
        ],
    ),
];

/// Prometheus FastAPI Instrumentator 7, `Instrumentator.expose(app, endpoint="/metrics")`: the route it adds to the application.
pub(super) const EXPOSED: &PackageRoute = &route("GET", "/metrics", "metrics", &[], None, None);

/// The package of [`EXPOSED`].
pub(super) const INSTRUMENTATOR: &str = "prometheus_fastapi_instrumentator.";

/// The routes of the router that a call of this dotted path makes.
pub(super) fn routes(path: &str) -> Option<&'static [PackageRoute]> {
    let method = path.strip_prefix("fastapi_users.")?.rsplit('.').next()?;
    ROUTERS.iter().find(|(name, _)| *name == method).map(|(_, routes)| *routes)
}
