/// What can be done to a value inside a placeholder.
package enum Filter: String, CaseIterable, Hashable, Sendable {
    case int, float, bool, json, lower, upper, trim, slug, stem, basename
    case `default`

    package var takesArgument: Bool { self == .default }
}
