import NightshiftCore
import ReplicateAPI

/// Asking for what is known to be there, where the provider says that something is not.
extension Provider {
    /// Asks for the account and for the newest predictions since a time.
    func check(listingSince since: Timestamp) async -> (check: ProviderCheck, listed: [Prediction]) {
        var listed: [Prediction] = []
        let list: ProviderCheck.Answer
        do throws(ProviderError) {
            listed = try await predictions(createdAfter: since, createdBefore: nil, continuation: nil).results
            list = .answered
        } catch {
            list = ProviderCheck.Answer(error)
        }
        let account: ProviderCheck.Answer
        do throws(ProviderError) {
            account = try await self.account() == nil ? .unsupported : .answered
        } catch {
            account = ProviderCheck.Answer(error)
        }
        return (ProviderCheck(account: account, list: list), listed)
    }

    /// Looks closer at a prediction that was not found: twice, with a witness in between, so that a gateway which answers by
    /// chance is not believed.
    func checkAbsence(of id: String, witness: String?, listingSince since: Timestamp) async -> AbsenceCheck {
        let (check, listed) = await check(listingSince: since)
        var found = await look(for: id)
        guard case .missing = found else {
            return AbsenceCheck(prediction: found, witness: nil, provider: check, listed: listed)
        }
        var seen: AbsenceCheck.Answer?
        if let witness { seen = await look(for: witness) }
        found = await look(for: id)
        return AbsenceCheck(prediction: found, witness: seen, provider: check, listed: listed)
    }

    private func look(for id: String) async -> AbsenceCheck.Answer {
        do throws(ProviderError) {
            let prediction = try await prediction(id)
            guard prediction.id == id else {
                return .failed(
                    ProviderError(.unavailable, "the provider answers with another prediction than asked for"))
            }
            return .found(prediction)
        } catch {
            return error.code == .notFound ? .missing : .failed(error)
        }
    }
}

extension ProviderCheck.Answer {
    /// A server that says in the API's own form that it has no such route is another server than Replicate's.
    fileprivate init(_ error: ProviderError) {
        switch error.code {
        case .notFound, .rejected: self = .unsupported
        default: self = .failed(error.message)
        }
    }
}
