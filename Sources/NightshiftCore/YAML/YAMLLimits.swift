/// What a document may cost at most, so that a hostile file ends with an error in bounded time and memory.
package struct YAMLLimits: Hashable, Sendable {
    /// The size of the text in bytes.
    package var bytes = 16 << 20
    /// How deep sequences and mappings may nest, those that an alias brings included.
    package var depth = 100
    /// How many aliases may be used.
    package var aliases = 10_000
    /// What all aliases together may repeat, in bytes of text with a fixed charge for each node.
    package var expansion = 16 << 20

    package init() {}
}
