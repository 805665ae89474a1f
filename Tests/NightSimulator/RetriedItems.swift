import NightshiftCore

/// What people have had done again in a night, as far as it changes what must add up.
struct RetriedItems {
    /// Failed attempts that do not count any more since the item was retried.
    private(set) var forgotten: [Int: Int] = [:]
    /// Creates without an attempt on record, less adopted predictions that begin none.
    private(set) var unrecorded: [Int: Int] = [:]
    /// Creates of held items that were sent again, by their inputs: nobody will ever know what became of them.
    private(set) var abandoned: [Int: Int] = [:]
    /// Items that were created for themselves, whatever they could have taken from others.
    var independent: Set<Int> = []

    /// - Parameter group: the input of an item that has predictions of its own.
    mutating func retried(_ old: NightBooks.Item, _ new: NightBooks.Item, group: Int?) {
        forgotten[old.index] = old.attempts.count - new.failures - new.excused
        guard old.state == .held, let group else { return }
        unrecorded[old.index, default: 0] += 1
        abandoned[group, default: 0] += 1
    }

    /// Predictions whose results others have taken the places of, by their items.
    private(set) var former: [Int: [String]] = [:]
    /// How many of the predictions of each input are to be made once more.
    private(set) var wantedAgain: [Int: Int] = [:]

    /// - Parameters:
    ///   - prediction: what the item has, if it is the item's own.
    ///   - group: the item's input.
    mutating func redone(_ old: NightBooks.Item, prediction: String?, group: Int) {
        independent.insert(old.index)
        forgotten[old.index] = old.attempts.count
        guard let prediction else { return }
        former[old.index, default: []].append(prediction)
        unrecorded[old.index, default: 0] += 1
        wantedAgain[group, default: 0] += 1
    }

    func abandoned(in group: Int) -> Int { abandoned[group] ?? 0 }

    /// - Parameter leaders: the input of an item that took what became of another one.
    mutating func adopted(_ item: Int, before: ItemState?, heldInPlaceOf leaders: Int?) {
        independent.insert(item)
        // The attempt of a held item goes on; that of a failed one has ended, and one that took another's has none.
        if before == .failed || leaders != nil { unrecorded[item, default: 0] -= 1 }
        // What is adopted is what became of the other one's create, which is counted.
        if before == .held, let leaders { abandoned[leaders, default: 0] -= 1 }
    }
}
