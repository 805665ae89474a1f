import Nightshift

extension RemadeWork {
    /// What an edit has made again, and what that costs.
    var sentence: String {
        let price = cost.map(Money.text) ?? predictTime.flatMap { $0 > 0 ? "\(PlanView.time($0)) of computing" : nil }
        return "\(remade) of \(done) done items would be made again\(price.map { ", about \($0)" } ?? ""); "
            + "what they have goes to the folder 'previous'"
    }
}
