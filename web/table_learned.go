package web

// learnedTable holds the words of experts, and of what models learned. Keys below "expert." are chosen by why an expert writes.
var learnedTable = map[string]pair{
	"step.expert":         {"expert", "专家"},
	"expert.corpora":      {"%s writes: what was found is of its corpora", "由 %s 撰写：找到的原文属于其文库"},
	"expert.alike":        {"%s writes: the question is of its field", "由 %s 撰写：问题属于其领域"},
	"expert.conversation": {"%s writes, as in the turn before", "由 %s 撰写，与上一轮相同"},
	"expert.stays":        {"the assistant's own model writes, as in the turn before", "由助手自己的模型撰写，与上一轮相同"},
	"expert.none":         {"the assistant's own model writes: the question is of no expert's field", "由助手自己的模型撰写：问题不属于任何专家的领域"},
	"expert.failed":       {"%s did not answer", "%s 没有作答"},
	"expert.missing":      {"the model of %s is not configured", "%s 的模型没有配置"},

	"learned":         {"What it learned", "学到的内容"},
	"learned.of":      {"What was learned that is like this", "与之相近的学习内容"},
	"learned.lede":    {"The model %s stands on an adapter. These are the rows it learned from that are most like the sentence: it may come from them, which is not proved.", "模型 %s 带有适配器。以下是它学过的、与这句话最接近的行：这句话可能由此而来，但并非证明。"},
	"learned.none":    {"No row is like the sentence, among those that you may see.", "在你有权查看的行中，没有与这句话相近的。"},
	"learned.looked":  {"%s row was looked at.|%s rows were looked at.", "查看了 %s 行。"},
	"learned.cut":     {"There are more rows than were looked at.", "还有未查看的行。"},
	"learned.share":   {"%s %% of it", "%s%% 相同"},
	"learned.teacher": {"written by %s", "由 %s 编写"},
	"learned.sets":    {"Learned from", "学习所用"},
	"learned.adapter": {"Adapter", "适配器"},
	"learned.look":    {"What the model learned that is like this", "模型学过的相近内容"},

	"set.experts":          {"Experts", "专家"},
	"set.experts.how":      {"models that write what is of their field, each with a name, a model, about (lines that say what it is for) and corpora: [{\"name\": \"leave\", \"model\": \"small-hr\", \"about\": [\"How many days of leave do I have?\"]}]", "撰写本领域回答的模型，各有 name、model、about（说明负责什么的若干句）和 corpora：[{\"name\": \"leave\", \"model\": \"small-hr\", \"about\": [\"年假有几天？\"]}]"},
	"set.expert_floor":     {"An expert writes from", "专家作答的下限"},
	"set.expert_floor.how": {"how like what it is about a question has to be, 0 to 1; where it is left out 0.6 by the embedder, 0.3 by words", "问题与其领域的相似度须达到多少，0 到 1；不填时按嵌入模型为 0.6，按词为 0.3"},
	"gated.space":          {"Versions of assistants", "助手的版本"},
	"gated.free":           {"are in use when they are saved", "保存后即启用"},
	"gated.required":       {"have to be admitted first", "须先准入"},
	"set.gate":             {"Admission", "准入"},
	"set.gate.how":         {"whether the gate has to admit a version before it is in use", "版本启用前是否须先准入"},
	"choice.gate":          {"as the space says", "由空间决定"},
	"choice.required":      {"required", "必须"},
}
