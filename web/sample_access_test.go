package web

import (
	"bytes"
	"time"
)

// accessPages are the samples of Access, of the record of who did what, and of limits.
var accessPages = map[string]sample{
	"/access/people": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.People(w, PeoplePage{Frame: signed(l, f), People: samplePeople(l), Total: 213, Next: "per_50", Operates: true})
	},
	"/access/people/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.People(w, PeoplePage{Frame: f})
	},
	"/access/people/nobody": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.People(w, PeoplePage{Frame: signed(l, f), Query: hostile, After: "per_1", Total: 3, Done: "erased", Whom: hostile, Erased: []Amount{{"conversation", 214}, {"memory", 1}}, Remains: []Remains{{"version", 3, "others work with what they made"}, {"backup", 0, hostile}}, Draft: Person{Name: hostile, Email: hostile}, Role: "owner",
			Problem: &Problem{"conflict", "there is somebody called " + hostile + " already", "use another name"}})
	},
	"/access/people/per_1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Person(w, samplePerson(l, f)) },
	"/access/people/per_2": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		all := samplePeople(l)
		return r.Person(w, PersonPage{Frame: signed(l, f), Person: all[2], LookWhy: "off"})
	},
	"/access/groups": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Groups(w, GroupsPage{Frame: signed(l, f), Groups: sampleGroups(l), Operates: true, Done: "added", Whom: sampleGroups(l)[0].Name})
	},
	"/access/groups/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Groups(w, GroupsPage{Frame: signed(l, f), Name: hostile, Problem: &Problem{"invalid", "the name " + hostile + " cannot be", "use letters"}})
	},
	"/access/groups/grp_1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Group(w, sampleGroup(l, f)) },
	"/access/groups/grp_2": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Group(w, GroupPage{Frame: signed(l, f), Group: PeopleGroup{ID: "grp_2", Name: hostile, External: true}, Typed: hostile})
	},
	"/access/spaces": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Spaces(w, SpacesPage{Frame: signed(l, f), Operates: true, Spaces: []Space{{Name: "main", Members: 14, Record: "all", Here: true, Yours: true}, {Name: spaceName(l), Members: 3, Record: "metadata", Retention: 90, Yours: true}, {Name: hostile, Record: "none"}}})
	},
	"/access/spaces/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Spaces(w, SpacesPage{Frame: signed(l, f), Spaces: []Space{{Name: "main", Members: 14, Record: "all", Here: true, Yours: true}}, Problem: &Problem{"invalid", "no", "no"}})
	},
	"/access/spaces/main": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Space(w, sampleSpace(l, f)) },
	"/access/spaces/new": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Space(w, SpacePage{Frame: signed(l, f), Space: Space{Name: hostile, Record: "none"}, Done: "saved"})
	},
	"/access/keys": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Keys(w, sampleKeys(l, f)) },
	"/access/keys/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Keys(w, KeysPage{Frame: f, Which: "mine", Alone: true})
	},
	"/access/keys/mine": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f = signed(l, f)
		f.Hidden = []string{AssistantsPlace, GatewayPlace, RecordsPlace, AccessPlace}
		f.Who.Role, f.Audits = "asker", false
		return r.Keys(w, KeysPage{Frame: f, Which: "mine", Rights: []string{"read", "ask"}, Done: "revoked", Draft: KeyDraft{Name: hostile, Days: "30"}, Problem: &Problem{"invalid", "no", "no"}})
	},
	"/access/why": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Why(w, sampleWhy(l, f)) },
	"/access/why/which": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleWhy(l, f)
		p.Person, p.Document, p.Who, p.What, p.Decision = hostile, hostile, nil, nil, nil
		p.People, p.Documents = samplePeople(l), []WhyDocument{{"doc_1", hostile, hostile, "hr"}, {"doc_2", "Alarms", "alarms/03.md", "hr"}}
		return r.Why(w, p)
	},
	"/access/why/nobody": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Why(w, WhyPage{Frame: signed(l, f), Person: hostile, Document: hostile})
	},
	"/library/limited/doc_1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleDocument(l, signed(l, f))
		layers := sampleWhy(l, f).Decision.Layers
		p.Readers = &Readers{Layer: layers[3], Typed: "group:hr, person:lin@example.com", Hand: true, People: []string{"Lin Yue", "陈默", hostile}, Count: 12, Edits: true, Owns: true}
		p.Done, p.Problem = "readers", &Problem{"invalid", `"hr" is no reader`, "write group:NAME"}
		return r.Document(w, p)
	},
	"/library/limited": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleCorpus(l, signed(l, f))
		p.Done = "readers"
		p.Readers = &CorpusReaders{Default: []Reader{{"space", ""}}, Typed: "space", Owns: true, Globs: []AccessGlob{{"hr/**/*.pdf", []Reader{{"group", "hr"}}}, {hostile, nil}},
			Files: []AccessFile{{"", []AccessLine{{1, "# everybody, unless said otherwise", ""}, {2, "read: space", ""}}}, {"人事/薪酬", []AccessLine{{1, "read: group:hr", ""}, {2, hostile, `"<script>" is not [GLOB] read: READERS`}}}}}
		return r.Corpus(w, p)
	},
	"/records/audit": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Audit(w, sampleAudit(l, f)) },
	"/records/audit/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Audit(w, AuditPage{Frame: signed(l, f), Chain: &Chain{}})
	},
	"/records/audit/broken": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Audit(w, AuditPage{Frame: signed(l, f), Actor: hostile, Action: hostile, Object: hostile, From: "2026-11-01", Before: "9", Chain: &Chain{Last: 9, Problem: "entry 7 is not as it was", At: ago(0)}})
	},
	"/records/audit/12345": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.AuditEntry(w, AuditEntryPage{Frame: signed(l, f), Entry: sampleAudit(l, f).Entries[0], Text: "{\n  \"read\": [\n    \"group:hr\",\n    \"person:lin@example.com\"\n  ]\n}"})
	},
	"/records/audit/12001": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.AuditEntry(w, AuditEntryPage{Frame: signed(l, f), Entry: AuditEntry{Number: 12001, At: ago(time.Hour), Erased: true, Digest: revision}})
	},
	"/gateway/limits": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Limits(w, sampleLimits(l, f)) },
	"/gateway/limits/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Limits(w, LimitsPage{Frame: signed(l, f), Draft: LimitDraft{Subject: hostile, Soft: hostile, Hard: hostile, Currency: "USD"}, Edits: true, Problem: &Problem{"invalid", "the soft limit is above the hard one", "nobody would be warned: give a smaller one"}})
	},
	"/account/limits": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		rules := sampleLimits(l, f).Rules[1:4]
		rules[0].Subject, rules[0].Uses = samplePeople(l)[1].Name, rules[0].Uses[:1]
		return r.Account(w, AccountPage{Frame: signed(l, f), Name: samplePeople(l)[1].Name, Person: true, Limits: rules})
	},
	"/library/reads": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleCorpus(l, viewed(l, f))
		p.ReadsOnly = true
		return r.Corpus(w, p)
	},
	"/library/edits": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleCorpus(l, editing(l, f))
		p.Documents[0].Held = true
		p.Readers = &CorpusReaders{Default: []Reader{{"space", ""}}, Typed: "space", Globs: []AccessGlob{{"hr/**/*.pdf", []Reader{{"group", "hr"}}}}}
		return r.Corpus(w, p)
	},
	"/library/edits/doc_1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleDocument(l, editing(l, f))
		p.Document.Held = true
		return r.Document(w, p)
	},
	"/gateway/reads": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Gateway(w, sampleGateway(editing(l, f)))
	},
	"/assistants/reads": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f = editing(l, f)
		f.ReadsOnly = true
		return r.Assistants(w, AssistantsPage{Frame: f, Assistants: []AssistantRow{sampleAssistant(l)}})
	},
	"/assistants/asks": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f = editing(l, f)
		f.ReadsOnly = true
		return r.Assistants(w, AssistantsPage{Frame: f, Partial: true, Assistants: []AssistantRow{{Name: "help", Title: hostile, Description: hostile}, {Name: "desk"}}})
	},
	"/assistants/desk/versions/reads": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f = editing(l, f)
		f.ReadsOnly = true
		return r.Versions(w, VersionsPage{Frame: f, Assistant: sampleAssistant(l), Versions: []VersionRow{
			{Hash: modelHash, Created: ago(time.Hour), Labels: []string{"production"}}, {Hash: revision, Created: ago(2 * time.Hour), First: true}}})
	},
	"/library/none/reads": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f = viewed(l, f)
		f.ReadsOnly = true
		return r.Library(w, LibraryPage{Frame: f})
	},
	"/ask/viewed": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f = viewed(l, f)
		return r.Ask(w, AskPage{Frame: f, Choices: sampleChoices(l), Turns: []Turn{sampleTurn(l)}})
	},
	"/library/viewed": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Library(w, sampleLibrary(l, viewed(l, f)))
	},
}

// signed is the frame of an operator with two spaces.
func signed(l Lang, f Frame) Frame {
	f.Who = &Viewer{Name: map[Lang]string{English: "Lin Yue", Chinese: "林越"}[l], Role: "operator", Out: true}
	f.Space, f.Spaces, f.Audits = "main", []string{"main", spaceName(l)}, true
	return f
}

// editing is the frame of an editor, who owns nothing.
func editing(l Lang, f Frame) Frame {
	f = signed(l, f)
	f.Hidden, f.Audits, f.Who.Role = []string{RecordsPlace, AccessPlace}, false, "editor"
	return f
}

// viewed is the frame of somebody who looks at what an asker sees.
func viewed(l Lang, f Frame) Frame {
	f = signed(l, f)
	f.Hidden = []string{AssistantsPlace, GatewayPlace, RecordsPlace, AccessPlace}
	f.Spaces, f.ViewAs, f.Recent = nil, samplePeople(l)[1].Name, nil
	return f
}

func spaceName(l Lang) string {
	return map[Lang]string{English: "Platform team", Chinese: "平台组"}[l]
}

func samplePeople(l Lang) []Person {
	names := map[Lang][]string{English: {"Lin Yue", "Chen Mo", "Su Wan", "nightly-export"}, Chinese: {"林越", "陈默", "苏婉", "nightly-export"}}[l]
	groups := sampleGroups(l)
	return []Person{
		{ID: "per_1", Name: names[0], Email: "lin@example.com", Operator: true, You: true, Groups: []string{groups[0].Name}, Created: ago(2000 * time.Hour), Seen: ago(time.Second)},
		{ID: "per_2", Name: names[1], Email: "chen.mo@example.com", Roles: []string{"editor", "reviewer"}, Groups: []string{groups[0].Name, groups[1].Name}, Created: ago(900 * time.Hour), Seen: ago(3 * time.Hour)},
		{ID: "per_3", Name: names[2], Email: "su@example.com", Roles: []string{"asker"}, Disabled: true, Created: ago(900 * time.Hour)},
		{ID: "per_4", Name: names[3], Service: true, Roles: []string{"asker"}, Created: ago(90 * time.Hour), Seen: ago(9 * time.Hour)},
		{ID: "per_5", Name: hostile, Created: ago(time.Hour)},
	}
}

func sampleGroups(l Lang) []PeopleGroup {
	names := map[Lang][]string{English: {"hr", "management", "payroll"}, Chinese: {"人事", "管理层", "薪酬"}}[l]
	return []PeopleGroup{{ID: "grp_1", Name: names[0], Members: 3, People: 11}, {ID: "grp_2", Name: names[1], Members: 2, People: 2, External: true}, {ID: "grp_3", Name: names[2], Members: 2, People: 2}}
}

func samplePerson(l Lang, f Frame) PersonPage {
	p := PersonPage{Frame: signed(l, f), Person: samplePeople(l)[1], Operates: true, Own: []string{"main", spaceName(l)}, Sessions: 2, Done: "saved"}
	groups := sampleGroups(l)
	p.Roles = []SpaceRole{{"main", "editor", ""}, {"main", "reviewer", groups[0].Name}, {spaceName(l), "owner", ""}}
	p.Groups = []Membership{{groups[2].Name, ""}, {groups[0].Name, groups[2].Name}}
	p.Keys = sampleKeys(l, f).Keys[:2]
	p.Made = &Key{Name: "laptop", Secret: "wyk_ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"}
	return p
}

func sampleGroup(l Lang, f Frame) GroupPage {
	groups, people := sampleGroups(l), samplePeople(l)
	return GroupPage{Frame: signed(l, f), Group: groups[0], Operates: true, Typed: groups[0].Name, Done: "joined",
		Problem: &Problem{"invalid", "hr would be in itself: hr, payroll, hr", "take payroll out of hr first"},
		Members: []Member{{Kind: "person", Name: people[0].Name}, {Kind: "group", Name: groups[2].Name, People: 2},
			{Kind: "person", Name: people[1].Name, Depth: 1}, {Kind: "person", Name: people[2].Name, Depth: 1, Disabled: true}, {Kind: "service", Name: people[3].Name}},
		In: []Membership{{groups[1].Name, ""}}}
}

func sampleSpace(l Lang, f Frame) SpacePage {
	groups, people := sampleGroups(l), samplePeople(l)
	return SpacePage{Frame: signed(l, f), Space: Space{Name: "main", Record: "metadata", Retention: 90, Gated: true, Here: true, Yours: true},
		Members: []SpaceMember{{Reader: Reader{"group", groups[0].Name}, Roles: []string{"asker"}}, {Reader: Reader{"person", people[1].Name}, Roles: []string{"editor", "reviewer"}}, {Reader: Reader{"person", people[2].Name}, Roles: []string{"asker"}, Disabled: true}, {Reader: Reader{"service", people[3].Name}, Roles: []string{"viewer"}}, {Reader: Reader{"person", hostile}, Roles: []string{"owner"}}},
		Shares:  []Share{{"pump-desk", Reader{"group", groups[1].Name}}, {"help", Reader{"person", hostile}}}, Assistants: []string{"pump-desk", "help"}}
}

func sampleKeys(l Lang, f Frame) KeysPage {
	people := samplePeople(l)
	return KeysPage{Frame: signed(l, f), Which: "all", Looks: true, Operates: true, Whose: []string{people[1].Name, people[3].Name}, Spaces: []string{"main", spaceName(l)}, Rights: []string{"read", "ask", "edit", "review", "own", "operate"},
		Draft: KeyDraft{Can: map[string]bool{"read": true, "ask": true}}, Made: &Key{ID: "key_9", Name: hostile, Secret: "wyk_ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
		Keys: []Key{
			{ID: "key_01jabc", Name: "laptop", Person: people[1].Name, Linked: true, Created: ago(99 * time.Hour), Used: ago(2 * time.Hour), Yours: true},
			{ID: "key_01jabd", Name: "", Person: people[3].Name, Service: true, Linked: true, Can: []string{"read", "ask", "act"}, Space: spaceName(l), Created: ago(99 * time.Hour), Expires: ago(-50 * time.Hour), Yours: true},
			{ID: "key_01jabe", Name: hostile, Person: hostile, Created: ago(99 * time.Hour), Revoked: ago(time.Hour)},
			{ID: "key_01jabf", Name: "old", Person: people[0].Name, Created: ago(99 * time.Hour), Expires: ago(time.Hour), Past: true},
		}}
}

func sampleWhy(l Lang, f Frame) WhyPage {
	people, groups := samplePeople(l), sampleGroups(l)
	file := "hr/.access line 3"
	return WhyPage{Frame: signed(l, f), Person: "per_2", Document: "doc_01j9", Who: &people[1], What: &WhyDocument{"doc_01j9", sampleDocuments(l)[1].Title, sampleDocuments(l)[1].Source, sampleChoices(l)[0].Name},
		Decision: &Decision{Allowed: true, Because: people[1].Name + " is in the group " + groups[0].Name + ", which " + file + " names", Layers: []Layer{
			{Name: "hand"}, {Name: "glob"}, {Name: "front"},
			{Name: "file", Origin: file, Readers: []Reader{{"group", groups[0].Name}, {"person", "lin@example.com"}}, Said: true, Holds: true},
			{Name: "file", Origin: ".access line 1", Problem: `"hr" is no reader`, Said: true},
			{Name: "default", Readers: []Reader{{"space", ""}}, Said: true}}}}
}

func sampleAudit(l Lang, f Frame) AuditPage {
	people := samplePeople(l)
	return AuditPage{Frame: signed(l, f), Chain: &Chain{First: 1001, Last: 12345, Dropped: 1000, Head: revision, At: ago(0)}, Next: "12000", Entries: []AuditEntry{
		{Number: 12345, At: ago(time.Minute), Actor: people[0].Name, Action: "grant.set", Object: "handbook/hr/**", Space: "main", Address: "10.0.0.12", Digest: revision, Version: revision, Key: "key_01jabc"},
		{Number: 12344, At: ago(time.Hour), Actor: people[0].Name, Action: "document.remove", Object: sampleDocuments(l)[0].Title, Address: "2001:db8::12", ViewAs: people[1].Name},
		{Number: 12343, At: ago(2 * time.Hour), Actor: people[1].Name, Behind: people[3].Name, Action: "unheard.of", Object: hostile},
		{Number: 12342, At: ago(3 * time.Hour), Erased: true, Digest: revision},
		{Number: 12341, At: ago(99 * time.Hour), Action: "signin.failed", Object: hostile, Address: "203.0.113.7"},
	}}
}

func sampleLimits(l Lang, f Frame) LimitsPage {
	people := samplePeople(l)
	day := ago(-5 * time.Hour)
	return LimitsPage{Frame: signed(l, f), Edits: true, Operates: true, Done: "limited", Draft: LimitDraft{Kind: "person", Resource: "requests", Span: "minute"}, Rules: []Limit{
		{ID: "lim_1", Edits: true, Kind: "house", Resource: "money", Span: "month", Soft: 80_000_000, Hard: 100_000_000, Currency: "USD", Uses: []LimitUse{{"", 84_120_000, 3_000_000, ago(-220 * time.Hour)}}},
		{ID: "lim_2", Edits: true, Kind: "person", Resource: "requests", Span: "minute", Hard: 60, Uses: []LimitUse{{people[1].Name, 60, 0, ago(-40 * time.Second)}, {people[0].Name, 12, 4, ago(-40 * time.Second)}}},
		{ID: "lim_3", Kind: "model", Subject: "qwen3-32b", Resource: "concurrency", Hard: 8, Uses: []LimitUse{{"", 3, 0, 0}}},
		{ID: "lim_4", Kind: "key", Subject: hostile, Resource: "tokens_out", Span: "day", Soft: 1_000_000, Uses: []LimitUse{{"", 412_000, 0, day}}},
		{ID: "lim_5", Kind: "space", Subject: spaceName(l), Resource: "tokens_in", Span: "day", Hard: 2_000_000},
	}}
}
