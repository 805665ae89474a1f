import NightshiftCore

/// Why the engine did not do what it was asked.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public let cause: Cause
    /// What happened and where, for people; may have several lines. What to type next is for who shows it to decide, by ``cause``
    /// and ``facts``.
    public let message: String
    /// What ``cause`` is about, by names that its documentation tells.
    public let facts: [String: String]

    package init(_ cause: Cause, _ message: String, facts: [String: String] = [:]) {
        self.cause = cause
        self.message = message
        self.facts = facts
    }

    /// What kind of failure it is.
    public var code: Code { cause.code }

    public var description: String { message }

    /// The kinds of failures.
    public enum Code: Hashable, Sendable {
        /// The manifest or its input set has problems; nothing was sent.
        case invalidManifest
        /// The call itself makes no sense here: no such job, no such file, no token.
        case usage
        /// Another process owns the run.
        case locked
        /// The checkpoint store cannot be used.
        case store
        /// This machine's disk is full, read-only or failing.
        case disk
        /// The provider does not accept this account, or cannot be reached at all.
        case refused
        /// The task was canceled before anything was done.
        case canceled
    }
}

extension EngineError {
    /// What happened; the raw value is stable, and programs may compare it.
    public enum Cause: String, CaseIterable, Sendable {
        // The manifest and its input set.
        case invalidManifest = "invalid_manifest"
        /// Items cannot be sent, or rows cannot be read. The fact `can_be_skipped` is `true` where all of it concerns single items.
        case invalidInputs = "invalid_inputs"
        /// Different rows have one key or one output name.
        case collidingItems = "colliding_items"
        /// The job's files are in another directory than the manifest names; facts `before` and `now`.
        case outputsElsewhere = "outputs_elsewhere"
        // The call.
        case usage
        case neverRun = "never_run"
        case noRun = "no_run"
        case noSuchItem = "no_such_item"
        case ambiguousItem = "ambiguous_item"
        /// No item of the manifest has these keys. The fact `is_known` is `true` where the store can list the keys already.
        case unknownKeys = "unknown_keys"
        case itemNotInManifest = "item_not_in_manifest"
        case planUnreadable = "plan_unreadable"
        /// Fact `path`.
        case notAPlan = "not_a_plan"
        case planDiffers = "plan_differs"
        /// A person was asked, and said no.
        case declined
        /// An edit would have work done again that has a result, and nobody has agreed; facts `remade` and `done`, counts of items.
        case notRemade = "not_remade"
        case exportReplacesSource = "export_replaces_source"
        /// What is asked needs another program, which is not there; fact `program`.
        case programMissing = "program_missing"
        case noStateDirectory = "no_state_directory"
        case manifestExists = "manifest_exists"
        case notAModel = "not_a_model"
        case notATable = "not_a_table"
        /// What was asked of a job cannot be done as it stands.
        case controlRefused = "control_refused"
        /// The process may open too few files.
        case tooFewFiles = "too_few_files"
        /// A server cannot listen at its address.
        case cannotListen = "cannot_listen"
        // Other processes.
        case heldByAnotherProcess = "held_by_another_process"
        case runDoesNotAnswer = "run_does_not_answer"
        case noLocks = "no_locks"
        case lockNotPermitted = "lock_not_permitted"
        case lockUnusable = "lock_unusable"
        // The store and the disk.
        case store
        case storeIsLink = "store_is_link"
        case storeDamaged = "store_damaged"
        case storeIsNewer = "store_is_newer"
        case storeIsBusy = "store_is_busy"
        /// Another program has changed the checkpoints while a run had them.
        case storeChanged = "store_changed"
        case storeDiskFull = "store_disk_full"
        case storeDiskFails = "store_disk_fails"
        case storeHasNoLocks = "store_has_no_locks"
        case disk
        case noTemporaryFolder = "no_temporary_folder"
        // The provider.
        case noToken = "no_token"
        case providerRefuses = "provider_refuses"
        case providerUnusable = "provider_unusable"
        /// Predictions in flight are another account's; fact `account`, the one that they are of.
        case wrongAccount = "wrong_account"
        case canceled

        /// What kind of failure it is.
        public var code: Code {
            switch self {
            case .invalidManifest, .invalidInputs, .collidingItems, .outputsElsewhere: .invalidManifest
            case .usage, .neverRun, .noRun, .noSuchItem, .ambiguousItem, .unknownKeys, .itemNotInManifest,
                .planUnreadable, .notAPlan, .planDiffers, .declined, .notRemade, .exportReplacesSource,
                .programMissing, .noStateDirectory,
                .manifestExists, .notAModel, .notATable, .controlRefused, .tooFewFiles, .cannotListen,
                .noToken, .providerUnusable:
                .usage
            case .heldByAnotherProcess, .runDoesNotAnswer, .noLocks, .lockNotPermitted, .lockUnusable: .locked
            case .store, .storeIsLink, .storeDamaged, .storeIsNewer, .storeIsBusy, .storeChanged, .storeDiskFull,
                .storeDiskFails,
                .storeHasNoLocks:
                .store
            case .disk, .noTemporaryFolder: .disk
            case .providerRefuses, .wrongAccount: .refused
            case .canceled: .canceled
            }
        }
    }

    /// What an error of a part of the engine means for the whole.
    init(_ error: any Error) {
        switch error {
        case let error as EngineError: self = error
        case let error as StoreError: self.init(error.cause, error.message)
        case let error as ProviderSetupError: self.init(error.cause, error.message)
        case let error as ControlError: self.init(.controlRefused, error.message)
        case let error as ExportError: self.init(.disk, "\(error)")
        case is CancellationError: self.init(.canceled, "canceled")
        default: self.init(.store, ErrorReason.of(error))
        }
    }
}
