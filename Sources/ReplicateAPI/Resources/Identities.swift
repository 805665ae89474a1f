extension Model: Identifiable {
    /// `owner/name`.
    public var id: String { "\(owner)/\(name)" }
}

extension Deployment: Identifiable {
    /// `owner/name`.
    public var id: String { "\(owner)/\(name)" }
}

extension Hardware: Identifiable {
    /// The ``sku``.
    public var id: String { sku }
}

extension ModelCollection: Identifiable {
    /// The ``slug``.
    public var id: String { slug }
}

extension Account: Identifiable {
    /// The ``username``.
    public var id: String { username }
}
