package zh

// pooled are the sentences about the replicas of a model, and the models that take its place.
var pooled = []pair{
	{"the model %s did not answer before the deadline", "模型 %s 没有在期限内回答"},
	{"give it more time, or ask a model that is quicker", "请放宽期限，或换一个更快的模型"},
	{"%d failures in a row: %s", "连续失败 %s 次：%v"},
	{"%d of %d failed: %s", "%[2]s 次中失败 %[1]s 次：%[3]v"},
	{"silent for %s while %d others were answered", "沉默了 %s，其间另外 %s 个请求得到了回答"},
	{"look at the server", "请查看这台服务器"},
	{"the answer of the model %s stopped in the middle: nothing came for %s", "模型 %s 的回答中途停住：%s 内没有新内容"},
	{"ask again; where the model itself pauses for so long, set gateway.pause higher", "请再问一次；若模型自身就会停顿这么久，请把 gateway.pause 调大"},
	{"is %s: want %s to %s", "值是 %s：应为 %s 到 %s"},
	{"names %d models; at most %d", "列出了 %s 个模型；最多 %s 个"},
	{"is the model itself: name another one that takes its place", "就是这个模型本身：请写接替它的另一个模型"},
	{"%q stands there twice", "“%s”写了两次"},
	{"takes the place of a model that chats: embeddings and scores of another model are others", "只适用于对话模型：换一个模型，向量和评分就不同了"},
	{"is %v: want a share beside the others, from 0 to %d", "值是 %s：应为相对其他副本的份额，从 0 到 %s"},
	{"is %d: want a number from 0, which is asked first, to %d", "值是 %s：应为 0 到 %s 的数，0 最先使用"},
	{"is %d: want at most %d", "值是 %s：最多 %s"},
	{"is what a million tokens cost, from 0 to %d", "是每百万 token 的价格，从 0 到 %s"},
	{"has to be one line of up to 128 bytes", "应为一行，最多 128 字节"},
}
