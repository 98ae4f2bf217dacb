package web

// adapterTable holds the words of models that stand on another one with an adapter. Keys below "beside." are chosen by the label.
var adapterTable = map[string]pair{
	"model.on":         {"stands on", "基础"},
	"model.on.note":    {"This model is another one with an adapter.", "这个模型是另一个模型加上适配器。"},
	"model.on.how":     {"It has nothing of its own that could be set: what it stands on is changed in the settings file, its adapter by a release.", "它没有自己的设置：作为基础的模型在配置文件中更改，适配器由发布更换。"},
	"beside.candidate": {"candidate", "候选"},
	"beside.previous":  {"previous, kept for going back", "上一版，备用"},
}
