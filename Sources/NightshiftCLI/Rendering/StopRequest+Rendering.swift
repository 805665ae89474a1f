import NightshiftCore

extension StopRequest {
    /// What it means for a run, and what another Ctrl-C would do.
    var sentence: String {
        switch self {
        case .drain: "finishing what runs and creating nothing more; press Ctrl-C again to leave it to the provider"
        case .detach: "leaving what runs to the provider; the next run adopts it; press Ctrl-C again to exit at once"
        }
    }
}
