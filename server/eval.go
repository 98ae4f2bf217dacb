package server

import (
	"io"
	"mime"
	"net/http"

	"wenyuan/eval/gate"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/eval/shipped"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// evalRoutes are the doors of evaluations and of the gate.
func evalRoutes() []route {
	looks := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/api/eval/sets", "List the sets that ship with the program", reply(evalSets).needs(looks...)},
		{"GET", "/api/eval/runs", "List the evaluations, newest first", reply(evalRuns).needs(looks...)},
		{"POST", "/api/eval/runs", "Ask a model or an assistant a whole set, in the background; one that was begun in the same way and is not done goes on", reply(beginEval).asLarge(maxSet).needs(scope.Edit)},
		{"GET", "/api/eval/runs/{id}", "Show an evaluation, and how far it is", reply(oneEval).asLight().needs(looks...)},
		{"GET", "/api/eval/runs/{id}/items", "What was asked and answered, for who began it and for reviewers", reply(evalItems).needs(looks...)},
		{"POST", "/api/eval/runs/{id}/stop", "Stop an evaluation; what was answered stays", reply(stopEval).needs(scope.Edit)},
		{"POST", "/api/eval/runs/{id}/resume", "Go on with an evaluation of yours; nothing is asked twice", reply(resumeEval).needs(scope.Edit)},
		{"GET", "/api/eval/compare", "Compare two evaluations of one set: the first beside the second", reply(compareEvals).needs(looks...)},

		{"GET", "/api/gate/policies", "List what the gate asks for", reply(gatePolicies).needs(looks...)},
		{"GET", "/api/gate/policies/{name}", "Show a policy of the gate", reply(gatePolicy).needs(looks...)},
		{"PUT", "/api/gate/policies/{name}", "Save a policy of the gate as a version and put it in use; as application/yaml the body is the policy itself", saveGatePolicy().needs(scope.Own)},
		{"GET", "/api/gate/reports", "List what the gate said, newest first", reply(gateReports).needs(looks...)},
		{"POST", "/api/gate/reports", "Have the gate look at a version, in the background; a report that was asked for in the same way and is not done goes on", reply(runGate).needs(scope.Edit)},
		{"GET", "/api/gate/reports/{id}", "Show a report, and how far it is", reply(gateReport).asLight().needs(looks...)},
		{"POST", "/api/gate/reports/{id}/stop", "Stop the work on a report; what was answered stays", reply(stopGate).needs(scope.Edit)},
		{"GET", "/api/gate/admitted", "Whether a version may be put in production, and why", reply(gateAdmitted).needs(looks...)},
		{"GET", "/api/gate/waivers", "List the wishes to use a version without a pass", reply(gateWaivers).needs(looks...)},
		{"POST", "/api/gate/waivers", "Ask a second person to let a version be used without a pass", reply(waiveGate).needs(scope.Edit)},
		{"POST", "/api/gate/waivers/{id}/decide", "Approve or refuse such a wish, as another person and an owner of the space; or withdraw it", reply(decideWaiver).needs(scope.Edit, scope.Own)},
	}
}

// maxSet is how many bytes a set may have that is brought along.
const maxSet = 32 << 20

type evalSetList struct {
	Sets []evalSet `json:"sets"`
}

type evalSet struct {
	Name  string `json:"name"`
	Items int    `json:"items" doc:"of a set that is made from a seed: as many as are made where nobody says how many"`
	Fresh bool   `json:"fresh" doc:"made from a seed, so that nobody can have learned it"`
}

func evalSets(_ *Server, _ *request, _ nothing) (out evalSetList, err error) {
	for _, name := range shipped.Names {
		items, err := shipped.Set(name, 1, 0)
		if err != nil {
			return out, err
		}
		out.Sets = append(out.Sets, evalSet{name, len(items), name == shipped.Logic || name == shipped.Adversarial})
	}
	return out, nil
}

type evalListRequest struct {
	Limit int `query:"limit" doc:"at most so many; 200 where it is left out"`
}

type evalRunList struct {
	Runs []record.Run `json:"runs"`
}

func evalRuns(s *Server, r *request, in evalListRequest) (out evalRunList, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out.Runs, err = record.List(r.Context(), tx, r.scope, in.Limit)
		return err
	})
	return out, err
}

type evalRequest struct {
	Subject string         `json:"subject" doc:"a model or an assistant: NAME, NAME@HASH or NAME@LABEL, with model: or assistant: before it where both have the name; or what training made, which need not be served: adapter:NAME, base:NAME"`
	Set     string         `json:"set" doc:"a shipped set, dataset:NAME, or the name of the one that is brought along"`
	Items   []item.Item    `json:"items,omitempty" doc:"a set that is brought along; up to 20000 items"`
	Options record.Options `json:"options,omitzero"`
}

func beginEval(s *Server, r *request, in evalRequest) (record.Run, error) {
	if in.Items != nil {
		if err := item.CheckSet(in.Set, in.Items); err != nil {
			return record.Run{}, err
		}
	}
	return s.Runs.Begin(r.Context(), r.scope, r.identity, run.Wanted{Subject: in.Subject, Set: in.Set, Items: in.Items, Options: in.Options})
}

// evalRun finds a run, for who may look.
func (s *Server) evalRun(r *request, id string) (out record.Run, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out, err = record.Find(r.Context(), tx, r.scope, id)
		return err
	})
	s.Runs.Told(r.Context(), r.scope, &out)
	return out, err
}

func oneEval(s *Server, r *request, in idRequest) (record.Run, error) { return s.evalRun(r, in.ID) }

type evalItemsRequest struct {
	ID    string `path:"id"`
	From  int    `query:"from" doc:"number of the first one"`
	Limit int    `query:"limit" doc:"at most so many, up to 500"`
	Wrong bool   `query:"wrong" doc:"only those that were not right"`
}

type evalItemList struct {
	Items []record.Answered `json:"items"`
}

func evalItems(s *Server, r *request, in evalItemsRequest) (out evalItemList, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		is, err := record.Find(r.Context(), tx, r.scope, in.ID)
		if err != nil {
			return err
		}
		out.Items, err = record.Items(r.Context(), tx, r.scope, r.who, is, in.From, in.Limit, in.Wrong)
		return err
	})
	return out, err
}

func stopEval(s *Server, r *request, in idRequest) (record.Run, error) {
	return s.Runs.End(r.Context(), r.scope, r.identity, in.ID)
}

func resumeEval(s *Server, r *request, in idRequest) (record.Run, error) {
	return s.Runs.Again(r.Context(), r.scope, r.identity, in.ID)
}

type compareRequest struct {
	First  string `query:"first" doc:"id of an evaluation"`
	Second string `query:"second" doc:"id of an evaluation of the same set"`
}

func compareEvals(s *Server, r *request, in compareRequest) (gate.PartReport, error) {
	return gate.Compare(r.Context(), s.Store, r.scope, in.First, in.Second)
}

type gatePolicyList struct {
	Policies []gate.Kept `json:"policies"`
}

func gatePolicies(s *Server, r *request, _ nothing) (out gatePolicyList, err error) {
	out.Policies, err = gate.Policies(r.Context(), s.Store, r.scope)
	return out, err
}

type gatePolicyName struct {
	Name string `path:"name"`
}

func gatePolicy(s *Server, r *request, in gatePolicyName) (gate.Kept, error) {
	return gate.FindPolicy(r.Context(), s.Store, r.scope, in.Name)
}

type saveGatePolicyRequest struct {
	Name   string      `json:"-" path:"name"`
	Policy gate.Policy `json:"policy"`
}

// yamlBody is how people write settings (RFC 9512).
const yamlBody = "application/yaml"

// saveGatePolicy takes a policy as JSON around it, or as it stands in a file.
func saveGatePolicy() endpoint {
	e := reply(func(s *Server, r *request, in saveGatePolicyRequest) (gate.Kept, error) {
		return s.keepGatePolicy(r, in.Policy)
	})
	asJSON := e.serve
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != yamlBody {
			return asJSON(s, w, r)
		}
		text, err := io.ReadAll(io.LimitReader(r.Body, gate.MaxPolicy+1))
		if err != nil {
			return broken(err)
		}
		p, err := gate.ParsePolicy(text)
		if err != nil {
			return err
		}
		kept, err := s.keepGatePolicy(r, p)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, kept)
	}
	return e
}

// keepGatePolicy saves a policy under the name of the address.
func (s *Server) keepGatePolicy(r *request, p gate.Policy) (gate.Kept, error) {
	p.Name = r.PathValue("name")
	return gate.SavePolicy(r.Context(), s.Store, r.scope, p)
}

type gateReportList struct {
	Reports []gate.Report `json:"reports"`
}

func gateReports(s *Server, r *request, in evalListRequest) (out gateReportList, err error) {
	out.Reports, err = gate.List(r.Context(), s.Store, r.scope, in.Limit)
	return out, err
}

type gateRequest struct {
	Subject string `json:"subject" doc:"the version that is judged, as for an evaluation"`
	Against string `json:"against,omitempty" doc:"what it is compared with; without it what is in production under its name, and for an adapter where there is none, its base"`
	Base    string `json:"base,omitempty" doc:"whose knowledge it should not have forgotten; without it the base of an adapter, else what it is compared with"`
	Policy  string `json:"policy,omitempty" doc:"without it: default"`
	Seed    uint64 `json:"seed,omitempty" doc:"of what is made and drawn; without it one by chance"`
}

func runGate(s *Server, r *request, in gateRequest) (gate.Report, error) {
	return s.Gate.Run(r.Context(), r.scope, r.identity, gate.Wanted{Subject: in.Subject, Against: in.Against, Base: in.Base, Policy: in.Policy, Seed: in.Seed})
}

func gateReport(s *Server, r *request, in idRequest) (gate.Report, error) {
	return gate.Find(r.Context(), s.Store, r.scope, in.ID)
}

func stopGate(s *Server, r *request, in idRequest) (gate.Report, error) {
	return s.Gate.Stop(r.Context(), r.scope, r.identity, in.ID)
}

type admittedRequest struct {
	Subject string `query:"subject" doc:"a version, as for an evaluation"`
}

type admittedReply struct {
	Subject subjectVersion `json:"subject"`
	gate.Admission
}

type subjectVersion struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Hash string `json:"hash"`
}

func gateAdmitted(s *Server, r *request, in admittedRequest) (out admittedReply, err error) {
	v, err := s.Runs.Subjects.Resolve(r.Context(), r.scope, in.Subject)
	if err != nil {
		return out, err
	}
	out.Subject = subjectVersion(v)
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out.Admission, err = gate.Admitted(r.Context(), tx, r.scope.Space(), v)
		return err
	})
	return out, err
}

type waiverList struct {
	Waivers []gate.Waiver `json:"waivers"`
}

func gateWaivers(s *Server, r *request, _ nothing) (out waiverList, err error) {
	out.Waivers, err = gate.Waivers(r.Context(), s.Store, r.scope)
	return out, err
}

type waiveRequest struct {
	Subject string `json:"subject" doc:"the version that is to be used, as for an evaluation"`
	Reason  string `json:"reason"`
}

func waiveGate(s *Server, r *request, in waiveRequest) (gate.Waiver, error) {
	return s.Gate.Waive(r.Context(), r.scope, r.identity, in.Subject, in.Reason)
}

type decideRequest struct {
	ID    string `path:"id"`
	State string `json:"state" enum:"approved,refused,withdrawn"`
}

func decideWaiver(s *Server, r *request, in decideRequest) (gate.Waiver, error) {
	return s.Gate.Decide(r.Context(), r.scope, r.identity, in.ID, in.State)
}
