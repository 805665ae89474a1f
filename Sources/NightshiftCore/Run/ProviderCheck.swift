package import ReplicateAPI

/// What the provider answers when it is asked for what is known to be there.
package struct ProviderCheck: Hashable, Sendable {
    package enum Answer: Hashable, Sendable {
        /// It was there.
        case answered
        /// A server without this route, by its own word.
        case unsupported
        case failed(String)
    }

    /// `GET /account`.
    package var account: Answer
    /// `GET /predictions`.
    package var list: Answer

    package init(account: Answer, list: Answer) {
        self.account = account
        self.list = list
    }

    /// Whether the provider works, as far as this tells: it shows its list, and nothing speaks against it.
    package var isAnswering: Bool {
        guard list == .answered else { return false }
        if case .failed = account { return false }
        return true
    }

    /// Why it does not, in its own words.
    package var failure: String? {
        for answer in [list, account] { if case .failed(let message) = answer { return message } }
        return list == .unsupported ? "it has no list of predictions" : nil
    }
}

/// What a closer look at a missing prediction has found.
package struct AbsenceCheck: Sendable {
    package enum Answer: Sendable {
        case found(Prediction)
        /// 404 in the API's own form.
        case missing
        case failed(ProviderError)
    }

    /// The prediction itself, asked for twice with the witness in between; found if it was once.
    package var prediction: Answer
    /// Another prediction of the run that must be there; `nil` if there is none.
    package var witness: Answer?
    package var provider: ProviderCheck
    /// The newest predictions of the account.
    package var listed: [Prediction]

    package init(prediction: Answer, witness: Answer?, provider: ProviderCheck, listed: [Prediction] = []) {
        self.prediction = prediction
        self.witness = witness
        self.provider = provider
        self.listed = listed
    }
}
