import HTTPTypes

/// The headers of all answers: what browsers may do with them.
enum ViewHeaders {
    /// The page runs its own scripts, and shows its own outputs; nothing else.
    static let page = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; \
        font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    /// Outputs are anybody's: a document among them has an origin of its own and runs nothing.
    static let output = """
        sandbox; default-src 'none'; img-src 'self' data:; media-src 'self' data:; style-src 'unsafe-inline'; \
        frame-ancestors 'self'
        """

    static func common(policy: String) -> HTTPFields {
        [
            .xContentTypeOptions: "nosniff", .contentSecurityPolicy: policy, .referrerPolicy: "no-referrer",
            .frameOptions: "SAMEORIGIN", .openerPolicy: "same-origin", .resourcePolicy: "same-origin",
            .cacheControl: "no-store",
        ]
    }
}
