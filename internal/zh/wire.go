package zh

// wire has what is said when a model cannot be asked.
var wire = []pair{
	{"the corpus is closed, and the model %s runs outside", "语料库是封闭的，而模型 %s 在外部"},
	{"use a model whose location is inside, or open the corpus if its texts may leave the house", "请用 location 为 inside 的模型；若其中的文字可以外传，也可解除封闭"},
	{"the server there does not speak https: write the address with http", "那里的服务器不支持 https：请把地址写成 http"},
	{"the server of the model %s at %s shows a certificate that is not trusted: %s", "模型 %s 的服务器 %s 出示的证书不受信任：%s"},
	{"let this machine trust it: put the certificate, or that of the authority who issued it, into the system's store or into the file that SSL_CERT_FILE names", "请让本机信任它：把该证书或签发机构的证书放进系统证书库，或放进 SSL_CERT_FILE 指定的文件"},
	{"it is made for another name: write the address with the name in the certificate, or get one for this address", "证书是为别的名称签发的：请按证书里的名称写地址，或为该地址换一张证书"},
	{"it is valid from %s to %s: renew it, or look at this machine's clock", "证书有效期为 %s 至 %s：请更新证书，或检查本机时钟"},
	{"the model %s did not come to an end within %s", "模型 %s 在 %s 内没有写完"},
	{"give it a smaller max_tokens, or look at the log of its server", "请调小 max_tokens，或查看其服务器的日志"},
	{"the model %s sent a web page instead of an answer", "模型 %s 发来的是网页，不是回答"},
	{"the address %s may lead to a page for people or to a sign-in: put the address of the programming interface into the configuration", "地址 %s 可能是给人看的网页或登录页：请在配置里写接口的地址"},
	{"look whether %s speaks the dialect %s", "请检查 %s 是否支持 %s 接口"},
	{"the provider of the model %s refuses what it is asked with", "模型 %s 的提供方不接受问题或段落的内容"},
	{"ask in other words, or use another model; its rules are the provider's, not ours", "请换个问法，或换个模型；这是提供方的规定，不是我们的"},
	{"the account of the model %s has no credit left", "模型 %s 的账户余额不足"},
	{"top it up at the provider, or use another model", "请到提供方充值，或换个模型"},
}
