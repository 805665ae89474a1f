/// What no night may break, whatever goes wrong in it.
package enum Rule: String, CaseIterable, Sendable {
    /// Every item ends: succeeded, failed with a reason, or held with one.
    case everyItemEnds
    /// No succeeded prediction is lost while its data can be had.
    case nothingIsLost
    /// None is created twice, except by policy.
    case createdOnce
    /// What is made from the results of other items is sent after these have come.
    case afterItsNeeds
    /// Creates stay below the manifest's rate, and a gate that a throttle has closed stays closed.
    case withinTheRate
    case readsWithinTheirBudget
    /// A file under its final name is whole and the right one.
    case wholeFiles
    /// What another result has taken the place of is kept, with its files.
    case keepsEarlierResults
    case withinTheBudget
    /// What the provider has accepted is what the store has recorded, attempt by attempt.
    case accountsAddUp
    /// Nothing is created outside of the manifest's window.
    case withinTheWindow
    /// No more than the first items are tried before somebody has agreed to the rest.
    case withinTheCanary
    /// What a person has said holds: nothing is created while the run is paused or after it was canceled.
    case obeysThePerson
    /// All runs with one account together stay below its rate.
    case withinTheSharedRate
    /// The machine does not contradict itself.
    case soundMachine
}

package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package var rule: Rule
    package var text: String

    package var description: String { "\(rule.rawValue): \(text)" }
}
