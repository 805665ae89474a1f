import Nightshift
import Testing

@testable import NightshiftCLI

struct DoctorReportTests {
    private func diagnosis(
        _ account: Diagnosis.Account, clock: Duration? = .zero, locks: Diagnosis.Locks = .work,
        free: Int? = 50_000_000_000
    ) -> Diagnosis {
        Diagnosis(
            baseURL: "https://api.example/v1", account: account, clockOffset: clock, folder: "jobs", locks: locks,
            freeBytes: free, openFiles: 65_536)
    }

    private let token = TokenSource { ["REPLICATE_API_TOKEN": "r8_secret"][$0] }
    private let none = TokenSource { _ in nil }

    @Test func saysThatAllIsWell() {
        let report = DoctorReport(diagnosis(.known(username: "ada", after: .milliseconds(300))), token: token)
        #expect(
            report.text.split(separator: "\n").dropFirst() == [
                "ok       token       from REPLICATE_API_TOKEN",
                "ok       account     'ada' at https://api.example/v1, which answered in 0.3 s",
                "ok       clock       agrees with the provider's",
                "ok       folder      'jobs': locks work, 50 GB free",
                "ok       open files  this process may have 65536",
            ])
        #expect(report.status == .success)
    }

    @Test func showsNoToken() {
        let report = DoctorReport(diagnosis(.refused("Unauthenticated")), token: token)
        #expect(!report.text.contains("r8_secret") && !report.json.jsonString().contains("r8_secret"))
        #expect(report.status == .refused)
    }

    @Test func needsNoTokenForLocalJobs() {
        let report = DoctorReport(diagnosis(.noToken, clock: nil), token: none)
        #expect(report.status == .success)
        #expect(report.text.contains("warning  token       there is none\n"))
        #expect(report.text.contains("https://replicate.com/account/api-tokens"))
    }

    @Test(arguments: [
        (Diagnosis.Locks.missing("the file system of jobs has no locks (not supported)"), "--state DIRECTORY"),
        (.notWritable("permission denied"), "'jobs' cannot be written: permission denied"),
    ])
    func saysThatAFolderCannotHoldCheckpoints(locks: Diagnosis.Locks, text: String) {
        let report = DoctorReport(diagnosis(.known(username: "ada", after: .zero), locks: locks), token: token)
        #expect(report.text.contains(text))
        #expect(report.status == .stopped)
    }

    @Test func tellsNoDifferenceThatMeasuringAloneMayMake() {
        var diagnosis = diagnosis(.known(username: "ada", after: .zero), clock: .seconds(-3))
        #expect(DoctorReport(diagnosis, token: token).text.contains("ok       clock       differs by 3 s from"))
        // Where the answer took a second.
        diagnosis.clockPrecision = .seconds(3)
        #expect(DoctorReport(diagnosis, token: token).text.contains("ok       clock       agrees with"))
    }

    @Test func warnsOfAWrongClockAndAFullDisk() {
        let report = DoctorReport(
            diagnosis(.known(username: "ada", after: .zero), clock: .seconds(-90), free: 1_000_000), token: token)
        #expect(report.text.contains("warning  clock       differs by 90 s from the provider's\n"))
        #expect(report.text.contains("warning  folder      'jobs': locks work, 1 MB free\n"))
        #expect(report.status == .success)
    }
}
