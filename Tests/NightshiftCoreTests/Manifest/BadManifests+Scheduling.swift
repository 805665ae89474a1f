extension BadManifest {
    /// Which item goes when and how often, and what becomes of what is not certain.
    static let scheduling = [
        line("aWindowThatIsNone", "window: 22-7") {
            "9: error: 'window' must be two different times of day, such as 22:00-07:00, found '22-7'"
        },
        line("aWindowWithoutLength", "window: 22:00-22:00") {
            "9: error: 'window' must be two different times of day, such as 22:00-07:00, found '22:00-22:00'"
        },
        line("anUnknownPolicyOfTheUnknown", "on_unknown: retri") {
            """
            13: error: 'on_unknown' must be one of: reconcile, retry, hold, found 'retri'
                did you mean 'retry'?
            """
        },
        line("noRepetition", "repeat: 0") {
            "9: error: 'repeat' must be a whole number from 1 to 1000000, found 0"
        },
        line("reuseInWords", "reuse: always") { "8: error: 'reuse' must be true or false, found 'always'" },
        line("tooManyRetriesOfAKind", "retry: { on: { nsfw: 1000 } }") {
            "22: error: 'retry.on.nsfw' must be a whole number from 0 to 100, found 1000"
        },
        line("changesThatAreNoMapping", "retry: { set: seed }") {
            """
            15: error: 'retry.set' must be a mapping of inputs, found 'seed'
                such as { seed: "{{ random }}" }
            """
        },
        line("aChangeByAnUnknownName", "retry: { set: { seed: \"{{ randon }}\" } }") {
            """
            24: error: unknown name 'randon'
                did you mean 'random'?
            """
        },
        line("aWebhookWithoutListener", "webhook: { url: \"https://example.com/hook\" }") {
            """
            10: error: 'webhook' needs 'listen'
                add where to listen, such as listen: 127.0.0.1:8787
            """
        },
        line("aWebhookThatNobodyCalls", "webhook: { listen: \"127.0.0.1:8787\", url: \"http://example.com/hook\" }") {
            """
            43: error: 'http://example.com/hook' is no address that the provider calls
                expected https://, or http:// and a loopback address for a server on this machine
            """
        },
        line("aListenerWithoutPort", "webhook: { listen: localhost, url: \"https://example.com\" }") {
            "20: error: 'webhook.listen' must be an address and a port of this machine, such as 127.0.0.1:8787, found 'localhost'"
        },
        line("aPriorityByAnUnknownName", "priority: \"{{ p }}\"") {
            """
            12: error: unknown name 'p'
                expected one of: value, index, job, repeat
            """
        },
        line("anExportOfAnUnknownForm", "export: { to: results, format: [csv, xlsx] }") {
            """
            38: error: 'export.format' must be a form of results, or a list of these, found 'xlsx'
                expected one of: jsonl, csv, imagefolder, audiofolder, videofolder, webdataset, parquet, openai
            """
        },
        line("anExportOfItemsInAnUnknownState", "export: { where: state=done }") {
            """
            18: error: 'export.where' has the term 'state=done'
                expected one of: pending, submitting, unknown, held, running, fetching, succeeded, failed, canceled, withdrawn
            """
        },
        line("twoExportsIntoOneDirectory", "export: [{ to: a, format: csv }, { to: a, format: jsonl }]") {
            """
            34: error: two exports go to 'a'
                give each a 'to' of its own, or one of them all formats: format: [jsonl, csv]
            """
        },
        line("aMarkForExcelInNoTable", "export: { format: jsonl, excel: true }") {
            """
            26: error: 'export.excel' is about the format csv
                add: format: csv
            """
        },
        line("aSizeOfWhatHasNone", "export: { shard_size: 5MB }") {
            "11: error: 'export.shard_size' is about the format webdataset or parquet"
        },
        line("aSizeThatIsNone", "export: { format: parquet, shard_size: large }") {
            "40: error: 'export.shard_size' must be a size such as 500MB or 3GB, found 'large'"
        },
        line("anExportThatIsAWord", "export: csv") {
            "9: error: 'export' must be a mapping such as { to: results, format: csv }, or a list of these, found 'csv'"
        },
    ]

    /// A manifest that is right but for its fifth line.
    private static func line(_ name: String, _ line: String, _ message: () -> String) -> BadManifest {
        BadManifest(
            name,
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            \(line)
            """, "jobs/x.yaml:5:\(message())")
    }
}
