package server

import (
	"mime"
	"net/http"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/train"
	"wenyuan/train/engine"
)

// trainRoutes are the doors to training.
func trainRoutes() []route {
	return []route{
		{"GET", "/api/train/runs", "List the training runs, newest first", reply(trainRuns).needs(scope.Edit, scope.Own)},
		{"POST", "/api/train/runs", "Have a recipe run; it begins when those before it are through", reply(startTraining).needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/runs/{id}", "Show a training run with its recipe", reply(trainRun).needs(scope.Edit, scope.Own)},
		{"DELETE", "/api/train/runs/{id}", "Forget a training run; what it made stays", reply(removeTraining).needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/runs/{id}/curve", "How a training run went, step by step", reply(trainCurve).needs(scope.Edit, scope.Own)},
		{"POST", "/api/train/runs/{id}/stop", "Stop a training run; it can be resumed", reply(stopTraining).needs(scope.Edit, scope.Own)},
		{"POST", "/api/train/runs/{id}/resume", "Have a training run go on from its last checkpoint", reply(resumeTraining).needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/bases", "List the models that can be taught", reply(trainBases).needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/bases/{name}", "Show a model that a run made as a whole, by its hash or name", reply(oneMade(train.BaseKind)).needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/bases/{name}/files/{file}", "A file of such a model: merged.gguf", streamed[madeFileRequest, nothing](madeFile(train.BaseKind), "application/octet-stream").asLong().needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/adapters/{name}", "Show an adapter that a run made, by its hash or name", reply(oneMade(train.AdapterKind)).needs(scope.Edit, scope.Own)},
		{"GET", "/api/train/adapters/{name}/files/{file}", "A file of an adapter: adapter_config.json, adapter_model.safetensors, adapter.gguf or merged.gguf", streamed[madeFileRequest, nothing](madeFile(train.AdapterKind), "application/octet-stream").asLong().needs(scope.Edit, scope.Own)},
	}
}

type runsRequest struct {
	Limit int `query:"limit" doc:"1 to 500; 50 by default"`
}

type runList struct {
	Runs []train.Run `json:"runs"`
}

func trainRuns(s *Server, r *request, in runsRequest) (runList, error) {
	runs, err := s.Training.List(r.Context(), r.scope, in.Limit)
	for i := range runs {
		runs[i] = r.tellRun(runs[i])
	}
	return runList{runs}, err
}

// tellRun puts what is said of a run into the reader's language.
func (r *request) tellRun(run train.Run) train.Run {
	run.Why = r.tell(run.Why)
	run.Advice = slices.Clone(run.Advice)
	for i, a := range run.Advice {
		run.Advice[i] = r.tell(a)
	}
	return run
}

func startTraining(s *Server, r *request, in train.Recipe) (train.Run, error) {
	run, err := s.Training.Start(r.Context(), r.scope, r.who, in)
	return r.tellRun(run), err
}

type runRequest struct {
	ID string `path:"id"`
}

func trainRun(s *Server, r *request, in runRequest) (train.Run, error) {
	run, err := s.Training.Get(r.Context(), r.scope, in.ID)
	return r.tellRun(run), err
}

func removeTraining(s *Server, r *request, in runRequest) (removed, error) {
	return removed{in.ID}, s.Training.Remove(r.Context(), r.scope, in.ID)
}

func stopTraining(s *Server, r *request, in runRequest) (train.Run, error) {
	run, err := s.Training.Stop(r.Context(), r.scope, in.ID)
	return r.tellRun(run), err
}

func resumeTraining(s *Server, r *request, in runRequest) (train.Run, error) {
	run, err := s.Training.Resume(r.Context(), r.scope, in.ID)
	return r.tellRun(run), err
}

type curveRequest struct {
	ID   string `path:"id"`
	From int    `query:"from" doc:"only from this step on"`
}

type curveReply struct {
	State train.State      `json:"state"`
	Curve []engine.Metrics `json:"curve" doc:"steps, and looks at what was held out; thinned to about a thousand"`
}

func trainCurve(s *Server, r *request, in curveRequest) (out curveReply, err error) {
	run, err := s.Training.Get(r.Context(), r.scope, in.ID)
	if err != nil {
		return out, err
	}
	out.State = run.State
	out.Curve, err = s.Training.Curve(r.Context(), r.scope, in.ID, in.From)
	return out, err
}

type baseList struct {
	Bases []train.Listed `json:"bases"`
}

func trainBases(s *Server, r *request, _ nothing) (baseList, error) {
	all, err := s.Training.Bases(r.Context(), r.scope)
	return baseList{all}, err
}

type madeRequest struct {
	Name string `path:"name"`
}

type madeReply struct {
	wenyuan.Version
	Made train.Made `json:"made"`
}

// oneMade shows what a run made, of one kind.
func oneMade(kind string) func(s *Server, r *request, in madeRequest) (madeReply, error) {
	return func(s *Server, r *request, in madeRequest) (madeReply, error) {
		v, m, err := s.Training.Version(r.Context(), r.scope, kind, in.Name)
		return madeReply{v, m}, err
	}
}

type madeFileRequest struct {
	Name string `path:"name"`
	File string `path:"file"`
}

func madeFile(kind string) func(s *Server, w http.ResponseWriter, r *request, in madeFileRequest) error {
	return func(s *Server, w http.ResponseWriter, r *request, in madeFileRequest) error {
		f, err := s.Training.File(r.Context(), r.scope, kind, in.Name, in.File)
		if err != nil {
			return err
		}
		defer f.Close()
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": in.File}))
		http.ServeContent(w, r.Request, "", time.Time{}, f)
		return nil
	}
}
