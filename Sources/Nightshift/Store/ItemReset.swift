/// How items are made pending again: every statement that does so sets these columns.
enum ItemReset {
    /// With all its attempts, and nothing said of how it had ended.
    static let retried = """
        state = 'pending', failures = 0, excused = 0, failure_counts = NULL, finished_at = NULL, failure_class = NULL, \
        failure = NULL
        """

    /// As if nothing had ever been sent for it.
    static let renewed = """
        \(retried), redo = NULL, changes = NULL, leader_id = NULL, due_at = 0, intent_at = NULL, intent_offset = NULL, \
        request_digest = NULL, lost_at = NULL, loss = NULL, prediction_id = NULL, running_since = NULL, result = NULL, \
        \(unmeasured)
        """

    /// As if nothing were known of how long its newest attempt took; what all have cost stays.
    static let unmeasured = """
        started_at = NULL, completed_at = NULL, wait_time = NULL, run_time = NULL, fetching_at = NULL, predict_time = NULL
        """

    /// The items that a person can have tried again; what cannot be sent stays as it is until its row is mended.
    static let canBeRetried = """
        state IN ('failed', 'canceled', 'held') AND failure_class IS NOT '\(Store.notSendable)'
        """
}
