package main

import "github.com/alecthomas/kong"

// A lang is the language of the person who reads.
type lang string

const (
	en lang = "en"
	zh lang = "zh"
)

// A pair is one text in both languages.
type pair struct{ en, zh string }

func (p pair) in(l lang) string {
	if l == zh {
		return p.zh
	}
	return p.en
}

// words are the texts of --help.
var words = map[string]pair{
	"description": {"Ask your documents and get cited, checked answers.", "问你的文档，得到有出处、经核对的回答。"},

	"data":      {"Data folder (WENYUAN_DATA).", "数据文件夹（WENYUAN_DATA）。"},
	"config":    {"Settings file (WENYUAN_CONFIG); wenyuan.yaml in the data folder by default.", "配置文件（WENYUAN_CONFIG）；默认是数据文件夹里的 wenyuan.yaml。"},
	"database":  {"PostgreSQL instead of SQLite: postgres://... (WENYUAN_DATABASE).", "用 PostgreSQL 代替 SQLite：postgres://……（WENYUAN_DATABASE）。"},
	"log_level": {"The least that is logged: debug, info, warn or error (WENYUAN_LOG_LEVEL).", "记录日志的最低级别：debug、info、warn 或 error（WENYUAN_LOG_LEVEL）。"},
	"url":       {"Work on the server at this address (WENYUAN_URL); WENYUAN_KEY holds its key.", "操作这个地址的服务器（WENYUAN_URL）；密钥放在 WENYUAN_KEY。"},
	"json":      {"Write JSON to standard output, and nothing else.", "标准输出只写 JSON。"},
	"lang":      {"Language of what is shown: en or zh (WENYUAN_LANG).", "显示的语言：en 或 zh（WENYUAN_LANG）。"},

	"serve":        {"Run the server with its console.", "启动服务器和控制台。"},
	"add":          {"Add files, folders and archives to a corpus.", "把文件、文件夹和压缩包加入语料库。"},
	"sync":         {"Make a corpus equal to a folder.", "让语料库与文件夹一致。"},
	"list":         {"List the documents of a corpus.", "列出语料库里的文档。"},
	"remove":       {"Remove documents.", "移除文档。"},
	"status":       {"Show what there is and how it runs.", "显示内容和运行状态。"},
	"search":       {"Find passages.", "查找段落。"},
	"ask":          {"Ask a question.", "提问。"},
	"show":         {"Show a document, its text or its passages.", "显示文档、它的文本或段落。"},
	"trace":        {"Show how an answer came to be, or which answers used a document.", "显示回答的来历，或用过某文档的回答。"},
	"conversation": {"List, show, delete or export your conversations.", "列出、显示、删除或导出你的对话。"},
	"memory":       {"What is remembered of what you said: list, add or remove.", "你要求记住的内容：列出、添加或删除。"},
	"feedback":     {"Say what you think of an answer, or list what people think.", "评价一个回答，或列出评价。"},
	"eval":         {"Measure.", "测量。"},
	"config_verb":  {"Check, show or describe the settings.", "检查、显示或说明配置。"},
	"mcp":          {"Serve an agent over standard input and output (Model Context Protocol).", "通过标准输入输出为智能体服务（Model Context Protocol）。"},
	"backup":       {"Write everything into one file, also while a server runs.", "把全部内容写进一个文件，服务器运行时也可以。"},
	"restore":      {"Read a backup into an empty data folder.", "把备份读进空的数据文件夹。"},
	"version":      {"Show the version of the program.", "显示程序版本。"},

	"listen":              {"Address to listen on (WENYUAN_LISTEN).", "监听地址（WENYUAN_LISTEN）。"},
	"corpus":              {"Name of the corpus.", "语料库名称。"},
	"add_paths":           {"Files, folders, zip and tar.gz archives.", "文件、文件夹、zip 和 tar.gz 压缩包。"},
	"sync_path":           {"The folder.", "文件夹。"},
	"list_state":          {"Only documents in this state: ready, failed or skipped.", "只列出这种状态的文档：ready、failed 或 skipped。"},
	"list_query":          {"Only documents with this in their source or title.", "只列出来源或标题含有此文字的文档。"},
	"remove_ids":          {"Ids of documents; with --corpus also their sources.", "文档 id；给出 --corpus 时也可以是来源。"},
	"search_query":        {"What is looked for.", "要找什么。"},
	"search_k":            {"How many passages.", "多少段。"},
	"search_arm":          {"What searches: fused, words or vectors.", "用什么查找：fused、words 或 vectors。"},
	"ask_question":        {"The question.", "问题。"},
	"show_document":       {"Id of the document; with --corpus also its source.", "文档 id；给出 --corpus 时也可以是来源。"},
	"show_revision":       {"Hash of the revision, or its beginning; the current one by default.", "版本的哈希或其开头；默认为当前版本。"},
	"show_text":           {"Print the extracted text and nothing else.", "只输出提取的文本。"},
	"show_passages":       {"Print the passages.", "输出段落。"},
	"trace_id":            {"Id of the trace; it stands under the answer.", "追踪的编号；在回答下方。"},
	"trace_document":      {"List the answers that this document had a part in.", "列出用到此文档的回答。"},
	"trace_corpus":        {"List the answers of this corpus.", "列出此语料库的回答。"},
	"trace_limit":         {"How many answers to list.", "列出多少个回答。"},
	"conversation_list":   {"List your conversations, the one last spoken in first.", "列出你的对话，最近的在前。"},
	"conversation_show":   {"Show a conversation, with its answers as they may be seen now.", "显示一个对话，回答以现在可看的为准。"},
	"conversation_delete": {"Delete conversations with all that was said in them.", "删除对话及其中的全部内容。"},
	"conversation_export": {"Write all your conversations and memories, one JSON value a line.", "写出你的全部对话和记忆，每行一个 JSON 值。"},
	"conversation_id":     {"Id of the conversation.", "对话的编号。"},
	"conversation_ids":    {"Ids of conversations.", "对话的编号。"},
	"conversation_before": {"Only conversations after this one: the last id of the page before.", "只列出排在此对话之后的：前一页最后一个编号。"},
	"conversation_limit":  {"How many conversations to list, up to 200.", "列出多少个对话，最多 200。"},
	"conversation_turn":   {"Only questions before this number; the newest 100 by default.", "只显示此序号之前的问题；默认显示最近 100 个。"},
	"memory_list":         {"List what you asked to be remembered.", "列出你要求记住的内容。"},
	"memory_add":          {"Have something remembered in later conversations.", "让以后的对话记住一件事。"},
	"memory_remove":       {"Have something forgotten.", "忘掉一条记忆。"},
	"memory_text":         {"What is to be remembered, up to 500 characters.", "要记住的内容，最多 500 个字符。"},
	"memory_id":           {"Id of the memory.", "记忆的编号。"},
	"feedback_give":       {"Say what you think of an answer, in the place of what you said before.", "评价一个回答，替换你之前的评价。"},
	"feedback_list":       {"List what people think of answers, newest first.", "列出对回答的评价，最新的在前。"},
	"feedback_up":         {"The answer is good.", "回答得好。"},
	"feedback_down":       {"The answer is bad.", "回答得不好。"},
	"feedback_correct":    {"The answer as it should have been.", "正确的回答应是什么。"},
	"feedback_reason":     {"Why.", "理由。"},
	"feedback_clear":      {"Take back what you said.", "收回你的评价。"},
	"feedback_rating":     {"Only feedback with this rating: up or down.", "只列出这种评价：up 或 down。"},
	"feedback_limit":      {"How many to list, up to 500.", "列出多少条，最多 500。"},
	"eval_retrieval":      {"Measure retrieval over judged questions.", "用有判定的问题测量检索。"},
	"eval_support":        {"Measure the sentence checker over labelled sentences.", "用有标注的句子测量核对器。"},
	"eval_answers":        {"Measure answers and refusals from given passages.", "测量根据给定段落作出的回答与拒答。"},
	"eval_judge":          {"Measure how well a judge agrees with people; what comes out is kept.", "测量评判模型与人的一致程度；结果会保存。"},
	"eval_rows":           {"Questions with passages that hold the answer and others that do not, as JSON lines in the form of RGB.", "问题，以及含答案和不含答案的段落，RGB 格式的 JSON 行。"},
	"eval_assistant":      {"Measure this assistant.", "测量这个助手。"},
	"eval_model":          {"Measure this model; without it, and without --assistant, the passages' own sentences.", "测量这个模型；不给它也不给 --assistant，则测量摘录原句的回答。"},
	"eval_noise":          {"Shares of passages without the answer.", "不含答案的段落所占比例。"},
	"eval_passages":       {"Passages for each question.", "每个问题给几段。"},
	"eval_sample":         {"At most so many rows, evenly spread.", "最多取这么多行，均匀抽取。"},
	"eval_language":       {"Only rows in this language, as in the file: en, zh.", "只测这种语言的行，写法同文件：en、zh。"},
	"eval_seed":           {"Of the choice of passages; equal seeds choose equally.", "选段所用的种子；种子相同，选择相同。"},
	"eval_set":            {"Sentences that people labelled, as JSON lines: claim, evidence, label.", "有人工标注的句子，JSON 行格式：claim、evidence、label。"},
	"eval_beir":           {"Folder in BEIR form; it is indexed in a temporary place.", "BEIR 格式的文件夹；在临时位置建索引。"},
	"eval_queries":        {"Questions, as JSON lines; with --corpus.", "问题，JSON 行格式；与 --corpus 同用。"},
	"eval_qrels":          {"Judgements that name sources; with --corpus.", "以来源命名的判定；与 --corpus 同用。"},
	"eval_file":           {"Labelled sentences, as JSON lines.", "有标注的句子，JSON 行格式。"},
	"eval_scores":         {"Write each row's score to this file.", "把每行的得分写进此文件。"},
	"config_check":        {"Say whether the settings are right, and everything that is wrong.", "检查配置，列出所有错误。"},
	"config_show":         {"Show what holds, and where each value came from.", "显示生效的配置及每个值的来源。"},
	"config_schema":       {"Describe the settings file as JSON Schema.", "用 JSON Schema 说明配置文件。"},
	"backup_file":         {"The file to write; - is standard output.", "要写的文件；- 为标准输出。"},
	"assistant":           {"List, show, save and remove those whom one can ask.", "列出、显示、保存和移除助手。"},
	"assistant_list":      {"List whom one can ask.", "列出可以提问的助手。"},
	"assistant_show":      {"Show the settings of an assistant, in the form that save reads.", "显示助手的设置，其格式可供 save 读取。"},
	"assistant_save":      {"Save the settings of an assistant as a new version and put it in use.", "把助手的设置存为新版本并启用。"},
	"assistant_remove":    {"Take an assistant out of use; its versions stay.", "停用助手，各版本仍保留。"},
	"assistant_versions":  {"List the versions of an assistant, newest first.", "列出助手的各个版本，最新的在前。"},
	"assistant_name":      {"Name of the assistant; a corpus has one of its name.", "助手的名称；每个语料库都有一个同名的助手。"},
	"assistant_version":   {"Hash of a version; the one in use by default.", "版本的哈希；默认为启用的版本。"},
	"assistant_file":      {"File with the settings, YAML or JSON; - is standard input.", "设置文件，YAML 或 JSON；- 为标准输入。"},
	"assistant_as":        {"Name to save it under; the one in the file by default.", "保存时用的名称；默认用文件里的。"},
	"ask_assistant":       {"Name of the assistant that is asked.", "向哪个助手提问。"},
	"ask_conversation":    {"Id of the conversation that the question is part of; new begins one.", "问题所属对话的编号；new 开始新的对话。"},
	"model":               {"Declare, list, try, remove and find models.", "声明、列出、测试、移除和查找模型。"},
	"model_add":           {"Declare a model while the server runs.", "在服务器运行时声明一个模型。"},
	"model_list":          {"List the models and where they run.", "列出模型及其运行的位置。"},
	"model_test":          {"Try each thing that a model is declared for.", "逐项测试模型声明的能力。"},
	"model_remove":        {"Remove a model that was added at run time.", "移除运行时添加的模型。"},
	"model_discover":      {"Look for models on the usual ports of the server's machine.", "在服务器所在机器的常用端口上查找模型。"},
	"model_name":          {"Name of the model.", "模型的名称。"},
	"model_url":           {"Address of a server that runs it, also written --url; once for each server, the preferred one first.", "运行它的服务器的地址，也可以写成 --url；每台服务器写一次，首选的在前。"},
	"model_dialect":       {"What the servers speak: openai, anthropic, ollama or nli.", "服务器使用的接口：openai、anthropic、ollama 或 nli。"},
	"model_key_env":       {"Environment variable of the server that holds the key.", "服务器上存放密钥的环境变量。"},
	"model_remote_name":   {"How the servers call the model; its name by default.", "服务器对模型的称呼；默认为它的名称。"},
	"model_location":      {"inside or outside; by default inside only when every address is on this machine.", "inside 或 outside；默认只有全部地址都在本机才算 inside。"},
	"model_context":       {"Tokens of prompt and answer together.", "提示和回答合计的 token 数。"},
	"model_tokenizer":     {"engine for the server's own, or a tiktoken encoding; tokens are estimated by default.", "engine 表示用服务器自己的，或写 tiktoken 编码；默认估算 token 数。"},
	"model_can":           {"What it can do: chat, tools, json_schema, judge, embeddings, rerank.", "它的能力：chat、tools、json_schema、judge、embeddings、rerank。"},
	"model_price_input":   {"Price of a million tokens of prompt.", "每百万提示 token 的价格。"},
	"model_price_output":  {"Price of a million tokens of answer.", "每百万回答 token 的价格。"},
	"model_currency":      {"Currency of the price.", "价格的货币。"},
	"corpus_verb":         {"List corpora, and close or open one.", "列出语料库，封闭或开放其中一个。"},
	"corpus_list":         {"List the corpora.", "列出语料库。"},
	"corpus_set":          {"Change what holds for a corpus.", "更改对语料库的规定。"},
	"corpus_closed":       {"Nothing of it reaches a model, embedder, reranker or judge that runs outside.", "其中的内容不会到达在外部运行的模型、嵌入模型、重排模型或评判模型。"},
	"prompt":              {"List, show, save and try what models are told.", "列出、显示、保存和试用给模型的提示。"},
	"prompt_list":         {"List the prompt templates in use.", "列出启用的提示模板。"},
	"prompt_show":         {"Show a template, its versions, or what changed.", "显示模板、它的版本或改动。"},
	"prompt_save":         {"Save a template as a new version and put it in use.", "把模板存为新版本并启用。"},
	"prompt_render":       {"Show what a model would be sent for a question.", "显示针对一个问题会发给模型什么。"},
	"prompt_name":         {"Name of the template; default is the built-in one.", "模板的名称；default 是内置的模板。"},
	"prompt_version":      {"Hash of a version; the one in use by default.", "版本的哈希；默认为启用的版本。"},
	"prompt_history":      {"List the versions, newest first.", "列出版本，最新的在前。"},
	"prompt_diff":         {"Show what changed since the version with this hash.", "显示自此版本以来的改动。"},
	"prompt_file":         {"The template; - is standard input.", "模板文件；- 为标准输入。"},
	"prompt_save_name":    {"Name to save it under, where the file says none; the file's own by default.", "文件里没有写名称时，以此名称保存；默认用文件名。"},
	"prompt_assistant":    {"Name of the assistant, or of a corpus.", "助手或语料库的名称。"},
	"prompt_plan":         {"Show what was selected, ordered, formatted and left out, and why.", "显示选了什么、怎样排、怎样写、去掉了什么及其原因。"},
	"prompt_conversation": {"Id of a conversation that the question would be part of.", "问题所属对话的编号。"},
	"restore_file":        {"The file to read; - is standard input.", "要读的文件；- 为标准输入。"},
}

func vars(l lang) kong.Vars {
	v := kong.Vars{}
	for name, p := range words {
		v[name] = p.in(l)
	}
	return v
}
