public import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// What a run would do, known before anything is sent.
public struct PlanReport: Hashable, Sendable {
    /// One of the first items, as it would be sent.
    public struct Sample: Hashable, Sendable {
        public var key: String
        /// The name of its outputs.
        public var name: String
        /// Where its row stands.
        public var origin: String
        /// The rendered input; files are shown by their paths.
        public var input: JSONValue
    }

    public var job: String
    /// The models as the manifest names them.
    public var model: String?
    /// Items of the manifest.
    public var items = 0
    /// How many different inputs they have; `nil` if two items are in conflict.
    public var distinctInputs: Int?
    /// Rows that give the same item as an earlier row.
    public var repeated = 0
    /// Of the items: not known to the store yet.
    public var new = 0
    /// Of the items: known under their key, with another content.
    public var changed = 0
    /// Of the items: succeeded already.
    public var done = 0
    /// Of the items: failed, canceled or held; they are tried again only when asked for.
    public var failed = 0
    /// Of the items: known, and not finished.
    public var unfinished = 0
    /// Of the items: cannot be sent; a run refuses to begin, unless it is to let them fail and do the others.
    public var invalid = 0
    /// Of those to do: what a run with the same selection would do; `nil` without one.
    public var chosen: Int?
    /// Of those to do: how many belong to each step; empty for a manifest without `steps`.
    public var steps: [String: Int] = [:]
    /// Of those that have results: made again, since their rows, keys or output names are there with another content.
    public var remade: RemadeWork?
    /// Known to the store, but no longer in the manifest.
    public var withdrawn = 0
    /// Distinct files that the items send, and their size in bytes.
    public var files = 0
    public var fileBytes: Int64 = 0
    /// Files of the items to do that are uploaded, once each, because they are too large for an input.
    public var uploads = 0
    /// What the files of the items to do put on the wire, in inputs and as uploads.
    public var uploadBytes: Int64 = 0
    public var firstItems: [Sample] = []
    /// The commands that make rows; they are run by every plan and run.
    public var commands: [String] = []
    /// The commands that judge results, in the order of the steps.
    public var resultChecks: [String] = []
    /// What is no mistake, but often hides one: rows that all become one item, files that a pattern nearly finds.
    public var notices: [String] = []
    /// Everything that is wrong with the input set, by what is wrong.
    public var problems: [Problem] = []
    public var problemCount = 0
    public var outputDirectory: String
    /// The exports that are made at the end of each session.
    public var exports: [PlannedExport] = []
    /// What the values were checked against.
    public var schema = SchemaCheck()
    public var estimate = Estimate()
    /// What was made before of these inputs, by another job or an earlier copy of this one.
    public var earlier = EarlierWork()
    /// Why a run could not begin now; `nil` if nothing is known against it, or nobody was asked.
    public var refusal: Refusal?
    /// The plan to write down.
    public var file: PlanFile?

    init(job: String, model: String?, outputDirectory: String) {
        self.job = job
        self.model = model
        self.outputDirectory = outputDirectory
    }

    /// What a run would create.
    public var toDo: Int { chosen ?? new + changed + unfinished }

    /// Of those to do: what takes the result of another job, and is not created.
    public var reused: Int { earlier.isReused ? min(toDo, earlier.results) : 0 }
}

extension PlanReport {
    /// A mistake with all the places that share it.
    public struct Problem: Hashable, Sendable {
        /// `type`, `choice`, `range`, `length`, `count`, `format`, `required`, `unknown`, `file`, `row` or `conflict`.
        public var kind: String
        /// What is wrong, in a sentence.
        public var title: String
        /// What to do.
        public var help: String?
        /// How often.
        public var count: Int
        /// The first places, each with what was found there.
        public var examples: [(place: String, found: String)] {
            group.examples.map { ($0.place, $0.found) }
        }
        /// The problem as lines for people.
        public var lines: [String] { group.lines }

        private let group: ProblemGroups.Group

        init(_ group: ProblemGroups.Group) {
            kind = group.kind.rawValue
            title = group.count == 1 ? group.first.message : group.title
            help = group.help
            count = group.count
            self.group = group
        }
    }

    /// An export that the manifest asks for.
    public struct PlannedExport: Hashable, Sendable {
        public var directory: String
        public var formats: [ExportFormat]
        /// Which items, as the manifest writes it; `nil` for all.
        public var filter: String?
        public var onlyRated = false
    }

    /// Why the provider could not be asked for what a plan needs.
    public struct Refusal: Hashable, Sendable {
        /// In a sentence.
        public var reason: String
        /// Whether the provider refuses, or cannot be reached; otherwise something is missing here, such as a token.
        public var isProviders: Bool
    }

    /// What the values of the items were checked against.
    public struct SchemaCheck: Hashable, Sendable {
        /// Whether values were checked at all.
        public var isChecked = false
        /// The version whose schema it was, where there is one.
        public var version: String?
        /// How many inputs the schema describes.
        public var inputs = 0
        /// Why values were not checked, or not against what the model takes now.
        public var doubt: String?

        init() {}

        /// What was checked of all steps together: as well as the least checked of them.
        init(_ schemas: ResolvedSchemas, of manifest: Manifest) {
            isChecked = true
            for step in manifest.steps {
                let known = schemas.steps[step.name]
                let inputs = known?.schema?.inputs.count ?? 0
                self.inputs += inputs
                if !manifest.hasSteps { version = known?.version }
                if inputs == 0 { isChecked = false }
                let doubt = known?.staleReason ?? (inputs == 0 ? "the model says nothing of its inputs" : nil)
                guard let doubt, self.doubt == nil else { continue }
                self.doubt = manifest.hasSteps ? "step '\(step.name)': \(doubt)" : doubt
            }
        }
    }

    /// What a run is expected to take; `nil` for what nobody can know yet.
    public struct Estimate: Hashable, Sendable {
        /// Seconds from the first create to the last result.
        public var duration: Double?
        /// Seconds of computing.
        public var predictTime: Double?
        /// In the currency of the manifest's price.
        public var cost: Double?
        /// Bytes that the outputs take on disk.
        public var diskBytes: Int64?
        /// Requests that create, upload, and look after predictions.
        public var creates = 0
        public var uploads = 0
        public var reads: Int?
        /// How many predictions of this model the expectation is learned from.
        public var learnedFrom = 0

        init() {}

        init(_ estimate: RunEstimate, learnedFrom: Int) {
            duration = estimate.duration
            predictTime = estimate.predictTime
            cost = estimate.cost
            diskBytes = estimate.diskBytes
            creates = estimate.creates
            uploads = estimate.uploads
            reads = estimate.reads
            self.learnedFrom = learnedFrom
        }
    }
}
