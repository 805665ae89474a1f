import NightshiftCore

extension RunSession {
    /// The account whose predictions the run has from now on.
    ///
    /// Another account knows none of the predictions that an earlier session left at the provider, so all of them would look as
    /// if they were gone.
    /// - Throws: ``EngineError`` if there are such and the token is another account's.
    func checkedAccount(
        _ provider: any Provider, _ patience: SetupPatience
    ) async throws -> String? {
        let known = initialRun.account
        guard provider.traits.remembersPredictions, provider.traits.survivesRestart else { return known }
        guard let name = try await accountName(provider, isNeeded: known != nil && inFlight > 0, patience) else {
            return known
        }
        guard name != known else { return known }
        if let known, inFlight > 0 {
            throw EngineError(
                .wrongAccount,
                """
                the token is of the account '\(name)', but \(inFlight) \(inFlight == 1 ? "prediction" : "predictions") of this run \
                \(inFlight == 1 ? "is" : "are") in flight at the account '\(known)'
                """, facts: ["account": known])
        }
        try await store.setAccount(name, of: initialRun)
        return name
    }

    /// - Parameter isNeeded: whether the run cannot begin without an answer; a server without accounts is one.
    private func accountName(
        _ provider: any Provider, isNeeded: Bool, _ patience: SetupPatience
    ) async throws -> String? {
        do throws(ProviderError) {
            guard isNeeded else { return try await provider.account() }
            return try await patience.asking { () throws(ProviderError) in try await provider.account() }
        } catch {
            // Whether the token is accepted otherwise, the first create tells.
            guard isNeeded, ![.notFound, .rejected].contains(error.code) else { return nil }
            throw ProviderSetupError(
                isRefusal: true,
                "the run has predictions in flight, and the provider does not say whose token this is: \(error.message)"
            )
        }
    }
}
