package server

import (
	"net/http"
	"slices"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/scope"
	"wenyuan/trace"
)

// A route is one door: what is asked for, what it is good for, and what answers.
//
// A new route names the right that it needs in the space of the request, behind what it leads
// to: reply(corpora).needs(scope.Read). Of several named rights one is enough. A route that
// works on something named in its path adds .about(ofDocument) and the like, so that who lacks
// the right learns nothing of what they do not see. One that anybody who is known may use, in
// no space at all, says .forAll(); one that says nothing about the content, and needs no key,
// .asOpen(). A path with {space} in it is for the space that it names. A route that says none of these is refused by a test, and opens to nobody.
type route struct {
	method, path, summary string
	endpoint
}

// tables are all doors of the house: the interfaces for programs here, the pages for people
// in pages.go.
func tables() []route {
	return slices.Concat(apiRoutes(), pageRoutes(), accessRoutes(), auditRoutes(), limitRoutes(), engineRoutes(), driftRoutes(), liveRoutes(), gatewayRoutes(), guardRoutes(), guardPageRoutes(), scimRoutes(), trainRoutes(), learningRoutes(), setRoutes(), samplePages(), miningPages(), writtenPages(), datasetRoutes(), instructRoutes(), judgingRoutes(), judgingPageRoutes(), exampleRoutes(), evalRoutes(), learnedRoutes(), releaseRoutes(), releasePages())
}

// apiRoutes is the table that the description at /api/openapi.json is made from.
func apiRoutes() []route {
	return []route{
		{"POST", "/api/ask", "Ask a question; the answer is cited and checked, at once or as a stream of events", streamed[askRequest, wenyuan.Answer](ask, eventStream).asAnswer().needs(scope.Ask)},
		{"POST", "/api/answer", "Answer a question from passages that it brings along; nothing is searched or kept", reply(answerGiven).asAnswer().needs(scope.Ask)},
		{"POST", "/api/search", "Find the passages that fit a query best", reply(search).needs(scope.Read)},

		{"GET", "/api/corpora", "List the corpora with their counts", reply(corpora).needs(scope.Read)},
		{"POST", "/api/corpora", "Make a corpus, or find the one that has the name", reply(createCorpus).needs(scope.Edit)},
		{"PATCH", "/api/corpora/{corpus}", "Close a corpus, or open it: nothing of a closed one reaches what runs outside; say, as an owner, who reads what no other rule is about", reply(setCorpus).needs(scope.Edit).about(ofCorpus)},
		{"POST", "/api/corpora/{corpus}/documents", "Add files; makes the corpus where it is missing", upload().asLong().needs(scope.Edit)},
		{"GET", "/api/documents", "List the documents of a corpus", reply(documents).needs(scope.Read)},
		{"GET", "/api/documents/{id}", "Show a document", reply(document).needs(scope.Read)},
		{"DELETE", "/api/documents/{id}", "Remove a document; it is gone from search when this returns", reply(removeDocument).needs(scope.Edit).about(ofDocument)},
		{"POST", "/api/documents/{id}/move", "Give a document another source; it keeps its id", reply(moveDocument).needs(scope.Edit).about(ofDocument)},
		{"GET", "/api/documents/{id}/text", "The extracted text of a revision, and nothing else", streamed[revisionRequest, nothing](documentText, "text/plain").needs(scope.Read)},
		{"GET", "/api/documents/{id}/passages", "The passages of a revision in reading order", reply(documentPassages).needs(scope.Read)},
		{"GET", "/api/documents/{id}/original", "The bytes a revision was read from", streamed[revisionRequest, nothing](original, "application/octet-stream").asLong().needs(scope.Read)},

		{"GET", "/api/grants", "Who reads what in a corpus: what was set by hand, the .access files, and what holds otherwise", reply(grants).needs(scope.Edit)},
		{"POST", "/api/grants", "Set by hand who reads a document, or, as an owner, all documents of a corpus whose source fits", reply(setGrant).needs(scope.Edit)},
		{"DELETE", "/api/grants", "Take away what was set by hand", reply(clearGrant).needs(scope.Edit)},

		{"GET", "/api/assistants", "List whom one can ask", reply(assistants).needs(scope.Read, scope.Ask)},
		{"GET", "/api/assistants/{name}", "Show an assistant, as it holds now or an earlier version", reply(assistant).needs(scope.Read, scope.Ask)},
		{"PUT", "/api/assistants/{name}", "Save an assistant as a new version and put it in use", reply(saveAssistant).needs(scope.Edit).about(ofAssistant)},
		{"DELETE", "/api/assistants/{name}", "Take an assistant out of use; its versions stay", reply(removeAssistant).needs(scope.Edit).about(ofAssistant)},
		{"GET", "/api/assistants/{name}/versions", "What an assistant was", reply(assistantVersions).needs(scope.Edit, scope.Review).about(ofAssistant)},
		{"POST", "/api/assistants/{name}/render", "What the model would be sent for a question, and how it came to be", reply(render).asAnswer().needs(scope.Edit, scope.Review).about(ofAssistant)},
		{"GET", "/api/assistants/{name}/shares", "With whom an assistant is shared", reply(assistantShares).needs(scope.Edit, scope.Own).about(ofAssistant)},
		{"PUT", "/api/assistants/{name}/shares", "Share an assistant: each gets answers from the part of its documents that they may read", reply(shareAssistant).needs(scope.Own).about(ofAssistant)},
		{"DELETE", "/api/assistants/{name}/shares", "Share an assistant no more, with some or with everybody", reply(unshareAssistant).needs(scope.Own).about(ofAssistant)},
		{"GET", "/api/prompts", "List the prompt templates in use", reply(prompts).needs(scope.Edit, scope.Review)},
		{"GET", "/api/prompts/{name}", "Show a prompt template, as it is in use or an earlier version", reply(onePrompt).needs(scope.Edit, scope.Review)},
		{"PUT", "/api/prompts/{name}", "Try a prompt template, save it as a new version and put it in use", reply(savePrompt).needs(scope.Edit)},
		{"GET", "/api/traces", "List recorded answers, newest first", reply(traces).needs(scope.Read, scope.Ask)},
		{"GET", "/api/traces/{id}", "Show how an answer came to be", reply(oneTrace).needs(scope.Read, scope.Ask)},
		{"GET", "/api/traces/{id}/feedback", "What people think of an answer", reply(feedbackOf).needs(scope.Read, scope.Ask)},
		{"POST", "/api/traces/{id}/feedback", "Say what you think of an answer, in the place of what you said before", reply(giveFeedback).needs(scope.Ask)},
		{"GET", "/api/feedback", "List what people think of answers, newest first", reply(allFeedback).needs(scope.Read, scope.Ask)},
		{"GET", "/api/conversations", "List your conversations", reply(conversations).needs(scope.Read, scope.Ask)},
		{"GET", "/api/conversations/export", "All your conversations and memories, one JSON value a line", streamed[nothing, nothing](exportConversations, jsonLines).asLong().needs(scope.Read, scope.Ask)},
		{"GET", "/api/conversations/{id}", "Show a conversation of yours", reply(conversation).needs(scope.Read, scope.Ask)},
		{"PATCH", "/api/conversations/{id}", "Give a conversation another title", reply(renameConversation).needs(scope.Read, scope.Ask)},
		{"DELETE", "/api/conversations/{id}", "Delete a conversation with all that was said in it", reply(deleteConversation).needs(scope.Read, scope.Ask)},
		{"GET", "/api/memories", "List what you asked to be remembered", reply(memories).needs(scope.Read, scope.Ask)},
		{"POST", "/api/memories", "Have something remembered in later conversations", reply(remember).needs(scope.Ask)},
		{"DELETE", "/api/memories/{id}", "Have something forgotten", reply(forget).needs(scope.Read, scope.Ask)},
		{"GET", "/api/models", "List the models, and where they run", reply(listModels).needs(scope.Edit, scope.Operate)},
		{"POST", "/api/models", "Declare a model, or declare it anew", reply(putModel).needs(scope.Own, scope.Operate)},
		{"DELETE", "/api/models/{name}", "Remove a model that was added at run time", reply(removeModel).needs(scope.Own, scope.Operate)},
		{"POST", "/api/models/{name}/test", "Try each thing that a model is declared for", reply(testModel).asAnswer().needs(scope.Own, scope.Operate)},
		{"GET", "/api/models/{name}/agreement", "How well a judge agrees with people, as last measured", reply(agreementOf).needs(scope.Edit, scope.Operate)},
		{"POST", "/api/models/{name}/agreement", "Ask a judge about sentences that people labelled, and keep how well they agree", reply(measureJudge).asLarge(maxRows).asAnswer().needs(scope.Own)},
		{"GET", "/api/usage", "What was used of models by plain requests, by day, model and person", reply(usageOf).needs(scope.Own, scope.Operate)},
		{"POST", "/api/models/discover", "Look for models on the usual ports of the server's machine", reply(discoverModels).asAnswer().needs(scope.Operate)},

		{"POST", "/api/signin", "Sign in by a password; the cookie that comes back is the session", streamed[signInRequest, signedIn](signInAPI).asOpen()},
		{"POST", "/api/signout", "End the session of the cookie", streamed[nothing, nothing](signOutAPI).asOpen()},
		{"GET", "/api/sessions", "List where you are signed in", reply(sessions).forAll()},
		{"DELETE", "/api/sessions", "End one of your sessions, or all others", reply(endSession).forAll()},
		{"PUT", "/api/people/{name}/password", "Set a password: your own, or as an operator that of others", reply(setPassword).forAll()},

		{"GET", "/api/status", "What the server holds and runs with", reply(status).asLight().needs(scope.Read, scope.Ask, scope.Operate)},
		{"GET", "/api/backup", "Everything in one file, while the server runs", streamed[nothing, nothing](backup, "application/gzip").asLong().needs(scope.Operate)},
		{"GET", "/api/openapi.json", "This description", reply(openAPI).asLight().asOpen()},

		{"POST", "/v1/chat/completions", "Ask an assistant, or a configured model, the way OpenAI's clients do", prepared[chatRequest, chatCompletion](chat, eventStream).asAnswer().asLenient().needs(scope.Ask)},
		{"GET", "/v1/models", "The assistants and the configured models, as models", reply(chatModelList).asLenient().needs(scope.Read, scope.Ask)},
		{"GET", "/v1/models/{model}", "One of them", reply(oneModel).asLenient().needs(scope.Read, scope.Ask)},

		{"POST", "/v1/embeddings", "Turn texts into vectors by a configured model, the way OpenAI's clients do", reply(embeddings).asLenient().asAnswer().needs(scope.Ask)},
		{"POST", "/mcp", "The tools search, ask and read_document for agents, by the Model Context Protocol", mcpDoor().asAnswer().needs(scope.Read, scope.Ask)},

		{"GET", "/api/channels", "List the channels: widgets and public pages", reply(channels).needs(scope.Edit)},
		{"POST", "/api/channels", "Open a channel to an assistant; the key of a widget is given this once", reply(addChannel).needs(scope.Edit)},
		{"DELETE", "/api/channels/{id}", "Close a channel by its id or name; what runs through it ends", reply(removeChannel).needs(scope.Edit)},
		{"OPTIONS", "/api/channel/ask", "Whether a page may ask", streamed[nothing, nothing](preflight).asLight().asOpen().asVisitor()},
		{"POST", "/api/channel/ask", "Ask through a widget, with its key and from a page of its origins", streamed[visit, nothing](askWidget, eventStream).asAnswer().asOpen().asVisitor()},
		{"OPTIONS", "/api/channel/about", "Whether a page may ask", streamed[nothing, nothing](preflight).asLight().asOpen().asVisitor()},
		{"GET", "/api/channel/about", "What a widget says of itself", reply(widgetAbout).asOpen().asVisitor()},

		{"POST", "/api/init", "Make the first operator, where there is nobody yet; the key is given this once", reply(firstOperator).needs(scope.Operate)},
		{"GET", "/api/me", "Who you are here, and what you may do where", reply(me).forAll()},
		{"GET", "/api/people", "List people and services", reply(people).needs(scope.Operate, scope.Own)},
		{"POST", "/api/people", "Add a person, or a service", reply(addPerson).needs(scope.Operate)},
		{"GET", "/api/people/{name}", "Show a person, with their groups and roles", reply(onePerson).needs(scope.Operate, scope.Own)},
		{"PATCH", "/api/people/{name}", "Change a person", reply(changePerson).needs(scope.Operate)},
		{"DELETE", "/api/people/{name}", "Remove a person with their keys, sessions, roles and places in groups; what they wrote stays", reply(removePerson).needs(scope.Operate)},
		{"GET", "/api/people/{name}/export", "Everything that is kept of a person, for them and for operators, one JSON value a line", streamed[personRequest, nothing](exportPerson, jsonLines).asLong().forAll()},
		{"POST", "/api/people/{name}/erase", "Erase a person with everything that is kept of them, and say what remains", reply(erasePerson).needs(scope.Operate)},
		{"GET", "/api/audit", "List who did what, newest first", reply(auditEntries).needs(scope.Own, scope.Operate)},
		{"GET", "/api/audit/export", "Who did what, with all that the chain is checked by, one JSON value a line, oldest first", streamed[auditWanted, nothing](exportAudit, jsonLines).asLong().needs(scope.Own, scope.Operate)},
		{"POST", "/api/audit/verify", "Whether the record of who did what is as it was written", reply(verifyAudit).needs(scope.Operate)},
		{"DELETE", "/api/audit", "Drop the oldest entries; a checkpoint stays in their place", reply(pruneAudit).needs(scope.Operate)},
		{"GET", "/api/groups", "List the groups", reply(groups).needs(scope.Edit, scope.Own, scope.Operate)},
		{"POST", "/api/groups", "Make a group of people, services and other groups", reply(addGroup).needs(scope.Operate)},
		{"GET", "/api/groups/{name}", "Show a group with its members", reply(oneGroup).needs(scope.Edit, scope.Own, scope.Operate)},
		{"PATCH", "/api/groups/{name}", "Change a group", reply(changeGroup).needs(scope.Operate)},
		{"DELETE", "/api/groups/{name}", "Remove a group; rules that name it let nobody read by it any more", reply(removeGroup).needs(scope.Operate)},
		{"POST", "/api/groups/{name}/members", "Put members into a group", reply(addMembers).needs(scope.Operate)},
		{"DELETE", "/api/groups/{name}/members/{member}", "Take a member out of a group", reply(removeMember).needs(scope.Operate)},
		{"GET", "/api/keys", "List your keys, or those of somebody else", reply(keys).needs(anything...)},
		{"POST", "/api/keys", "Make a key; it is given this once", reply(createKey).needs(anything...)},
		{"DELETE", "/api/keys/{id}", "Revoke a key; what runs by it ends within a second", reply(revokeKey).needs(anything...)},
		{"GET", "/api/spaces", "List the spaces of which you see something", reply(spaces).forAll()},
		{"POST", "/api/spaces", "Make a space", reply(addSpace).needs(scope.Operate)},
		{"GET", "/api/spaces/{space}", "Show a space", reply(oneSpace).needs(anything...)},
		{"PATCH", "/api/spaces/{space}", "Change a space: its name, and what is recorded of questions and answers", reply(changeSpace).needs(scope.Own)},
		{"DELETE", "/api/spaces/{space}", "Remove a space without documents, assistants, models and channels, with the conversations and records of it", reply(removeSpace).needs(scope.Operate)},
		{"GET", "/api/spaces/{space}/members", "List who has a role in a space", reply(members).needs(scope.Edit, scope.Own)},
		{"PUT", "/api/spaces/{space}/members/{member}", "Give somebody a role in a space, in the place of those they have", reply(setMember).needs(scope.Own)},
		{"DELETE", "/api/spaces/{space}/members/{member}", "Take every role in a space away from somebody", reply(dropMember).needs(scope.Own)},
		{"GET", "/api/can", "Whether somebody may read a document, and why", reply(can).needs(anything...)},

		{"GET", "/api/cache", "What the cache of the gateway holds and has done since this server was started", reply(cacheState).asLight().needs(scope.Operate)},
		{"POST", "/api/cache/warm", "Ask a list of requests as work that nobody waits for, so that the answers are kept", streamed[warmRequest, warmed](warmCache, eventStream).asLarge(warmBody).asAnswer().needs(scope.Own, scope.Operate)},
		{"POST", "/api/cache/purge", "Forget answers that are kept, on all servers of the house", reply(purgeCache).needs(scope.Own, scope.Operate)},
		{"GET", "/api/limits", "List the limits of the space, for an operator those of the whole house", reply(limits).asLight().needs(scope.Own, scope.Operate)},
		{"PUT", "/api/limits", "Set limits, each in the place of the one for the same subject, resource and span", reply(setLimits).asLight().needs(scope.Own, scope.Operate)},
		{"DELETE", "/api/limits/{id}", "Lift a limit", reply(removeLimit).asLight().needs(scope.Own, scope.Operate)},
		{"GET", "/api/limits/use", "How much of your limits is used; for an owner of those of the space, for an operator of all", reply(limitsUsed).asLight().needs(anything...)},

		{"GET", "/healthz", "Whether the process lives", streamed[nothing, nothing](healthz, "text/plain").asLight().asOpen()},
		{"GET", "/readyz", "Whether it can answer", streamed[nothing, nothing](readyz, "text/plain").asLight().asOpen()},
		{"GET", "/metrics", "Figures in the text form of Prometheus", streamed[nothing, nothing](metrics, "text/plain").asLight().needs(scope.Operate)},
	}
}

// anything is every right: whoever may do something in the space may come.
var anything = []scope.Right{scope.Read, scope.Ask, scope.Edit, scope.Review, scope.Own, scope.Operate, scope.Act}

// needs is which rights let one in: any of them.
func (e endpoint) needs(any ...scope.Right) endpoint { e.rights = any; return e }

// forAll lets in everybody who has a valid key or has signed in, whatever they may do.
func (e endpoint) forAll() endpoint { e.anyone = true; return e }

// about looks at what the path names before the missing right is told.
func (e endpoint) about(f func(*Server, *request) error) endpoint { e.seen = f; return e }

// asLarge takes bodies of so many bytes.
func (e endpoint) asLarge(bytes int64) endpoint { e.body = bytes; return e }

func (e endpoint) asLight() endpoint   { e.light = true; return e }
func (e endpoint) asLong() endpoint    { e.long = true; return e }
func (e endpoint) asAnswer() endpoint  { e.answers = true; return e }
func (e endpoint) asOpen() endpoint    { e.open = true; return e }
func (e endpoint) asVisitor() endpoint { e.visitor = true; return e }
func (e endpoint) asLenient() endpoint { e.lenient = true; return e }

// nowhere answers what no table holds.
var nowhere = route{path: "-", endpoint: endpoint{light: true, anyone: true, serve: func(s *Server, w http.ResponseWriter, r *request) error {
	err := &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is nothing at " + r.Method + " " + r.URL.Path, Hint: "/api/openapi.json lists what there is"}
	if forPeople(r) {
		failPage(s, w, r, err)
		return nil
	}
	return err
}}}

// The bodies that are lists.
type (
	documentList struct {
		Documents []corpus.Document `json:"documents"`
		Total     int               `json:"total" doc:"documents that match, also beyond this page"`
	}
	addedDocuments struct {
		Documents []addedDocument     `json:"documents" doc:"in the order of the files; a table may have become several"`
		Access    []corpus.AccessFile `json:"access,omitempty" doc:"the .access files that were taken over"`
	}
	passageList struct {
		Passages []wenyuan.Passage `json:"passages" doc:"best first"`
	}
	corpusList struct {
		Corpora []corpus.Corpus `json:"corpora"`
	}
	traceList struct {
		Traces []traceRow `json:"traces" doc:"newest first"`
	}
)

// A traceRow is a recorded answer in a list, without its passages and steps.
type traceRow struct {
	ID        string `json:"id"`
	Corpus    string `json:"corpus"`
	Assistant string `json:"assistant"`
	Question  string `json:"question"`
	Created   int64  `json:"created" doc:"UTC microseconds"`
	Took      int64  `json:"took_us" doc:"microseconds"`
	Refused   bool   `json:"refused"`
}

func rowOf(t trace.Trace) traceRow {
	return traceRow{t.ID, t.Corpus, t.Assistant, t.Question, t.Created, t.Took, t.Refused}
}
