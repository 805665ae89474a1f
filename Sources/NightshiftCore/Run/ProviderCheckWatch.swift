/// What is being found out about a provider that refuses: it is asked for the account and the list, which are known to be there.
struct ProviderCheckWatch: Sendable {
    /// How many requests asking it takes.
    static let reads = 2
    /// The provider is to be asked.
    private(set) var isWanted = false
    private(set) var isUnderWay = false
    /// A create was told that there is no such model, which worked before.
    private var missingModel: ProviderError?
    /// An item that is refused and cannot be compared with another.
    private var suspect: (id: ItemID, error: ProviderError)?
    /// Items that are refused while the provider answers. There may be several, which are tried in turn.
    private var convicted: Set<ItemID> = []

    var isDue: Bool { isWanted && !isUnderWay }

    mutating func want(missingModel error: ProviderError) {
        missingModel = error
        isWanted = true
    }

    mutating func want(suspect id: ItemID, _ error: ProviderError) {
        suspect = (id, error)
        isWanted = true
    }

    mutating func asked() {
        isWanted = false
        isUnderWay = true
    }

    /// - Returns: what was to be found out.
    mutating func answered() -> (missingModel: ProviderError?, suspect: (id: ItemID, error: ProviderError)?) {
        isUnderWay = false
        defer { (missingModel, suspect) = (nil, nil) }
        return (missingModel, suspect)
    }

    mutating func convict(_ id: ItemID) { convicted.insert(id) }

    /// Whether the item was refused alone while the provider answered everything else; the next refusal fails it.
    mutating func takeConviction(of id: ItemID) -> Bool { convicted.remove(id) != nil }
}
