/// The forms of an edit record: ours, and those in which data sets of edits are published.
///
/// SPEC.md, 14.1, says which field of each is taken for what. Fields that no form knows are passed
/// over: published files carry many.
enum EditRecordForm {
  /// `prompt`, `subject`, `target`.
  case own
  /// CounterFact as it was published: `requested_rewrite` with the subject to be put into the prompt.
  case counterFact
  /// EasyEdit's: CounterFact in its flat form, and KnowEdit's ZsRE, Wikirecent and Wikicounterfact.
  case easyEdit
  /// KnowEdit's WikiBio.
  case wikiBio
  /// zsRE as MEND, and after it ROME and MEMIT, and MALMEN have it: `src`, `loc`.
  case zsRE
  /// FEVER as MALMEN has it: `equiv_prompt`, `unrel_prompt`.
  case fever
  /// FEVER and zsRE as MEND adds to them in KILT's form: `input`, `alternatives`.
  case kilt

  /// What the record says, in whichever form it is; `nil` where it asks for no new answer.
  ///
  /// - Throws: ``FactsError`` for a field that is missing, empty or of the wrong kind.
  static func fact(_ fields: RecordFields) throws -> StatedFact? {
    switch EditRecordForm(of: fields) {
    case .own: try ownFact(fields)
    case .counterFact: try counterFactFact(fields)
    case .easyEdit: try easyEditFact(fields)
    case .wikiBio: try wikiBioFact(fields)
    case .zsRE: try zsREFact(fields)
    case .fever: try feverFact(fields)
    case .kilt: try kiltFact(fields)
    }
  }

  /// Forms are told apart by fields that no other has. What has none of them is taken for ours, whose
  /// fields an error then names.
  init(of fields: RecordFields) {
    func hasAny(_ names: String...) -> Bool { names.contains(where: fields.has) }
    if hasAny("requested_rewrite") {
      self = .counterFact
    } else if hasAny("target") {
      self = .own
    } else if hasAny("target_new") {
      self = .easyEdit
    } else if hasAny("labels", "concept") {
      self = .wikiBio
    } else if hasAny("src") {
      self = .zsRE
    } else if hasAny("equiv_prompt", "unrel_prompt", "unrel_ans", "alt") {
      self = .fever
    } else if hasAny("input") {
      self = .kilt
    } else {
      self = .own
    }
  }
}
