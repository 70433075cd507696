package amqpd

// methodID is a class id in the high half and a method id in the low half.
type methodID uint32

func (m methodID) class() uint16  { return uint16(m >> 16) }
func (m methodID) method() uint16 { return uint16(m) }

// The classes of AMQP 0-9-1, with RabbitMQ's confirm class.
const (
	classConnection = 10
	classChannel    = 20
	classExchange   = 40
	classQueue      = 50
	classBasic      = 60
	classConfirm    = 85
	classTx         = 90
)

// The methods of AMQP 0-9-1 and of RabbitMQ's extensions to it.
const (
	connectionStart     methodID = classConnection<<16 | 10
	connectionStartOK   methodID = classConnection<<16 | 11
	connectionTune      methodID = classConnection<<16 | 30
	connectionTuneOK    methodID = classConnection<<16 | 31
	connectionOpen      methodID = classConnection<<16 | 40
	connectionOpenOK    methodID = classConnection<<16 | 41
	connectionClose     methodID = classConnection<<16 | 50
	connectionCloseOK   methodID = classConnection<<16 | 51
	connectionBlocked   methodID = classConnection<<16 | 60
	connectionUnblocked methodID = classConnection<<16 | 61
	channelOpen         methodID = classChannel<<16 | 10
	channelOpenOK       methodID = classChannel<<16 | 11
	channelFlow         methodID = classChannel<<16 | 20
	channelFlowOK       methodID = classChannel<<16 | 21
	channelClose        methodID = classChannel<<16 | 40
	channelCloseOK      methodID = classChannel<<16 | 41
	exchangeDeclare     methodID = classExchange<<16 | 10
	exchangeDeclareOK   methodID = classExchange<<16 | 11
	exchangeDelete      methodID = classExchange<<16 | 20
	exchangeDeleteOK    methodID = classExchange<<16 | 21
	exchangeBind        methodID = classExchange<<16 | 30
	exchangeBindOK      methodID = classExchange<<16 | 31
	exchangeUnbind      methodID = classExchange<<16 | 40
	exchangeUnbindOK    methodID = classExchange<<16 | 51
	queueDeclare        methodID = classQueue<<16 | 10
	queueDeclareOK      methodID = classQueue<<16 | 11
	queueBind           methodID = classQueue<<16 | 20
	queueBindOK         methodID = classQueue<<16 | 21
	queuePurge          methodID = classQueue<<16 | 30
	queuePurgeOK        methodID = classQueue<<16 | 31
	queueDelete         methodID = classQueue<<16 | 40
	queueDeleteOK       methodID = classQueue<<16 | 41
	queueUnbind         methodID = classQueue<<16 | 50
	queueUnbindOK       methodID = classQueue<<16 | 51
	basicQos            methodID = classBasic<<16 | 10
	basicQosOK          methodID = classBasic<<16 | 11
	basicConsume        methodID = classBasic<<16 | 20
	basicConsumeOK      methodID = classBasic<<16 | 21
	basicCancel         methodID = classBasic<<16 | 30
	basicCancelOK       methodID = classBasic<<16 | 31
	basicPublish        methodID = classBasic<<16 | 40
	basicReturn         methodID = classBasic<<16 | 50
	basicDeliver        methodID = classBasic<<16 | 60
	basicGet            methodID = classBasic<<16 | 70
	basicGetOK          methodID = classBasic<<16 | 71
	basicGetEmpty       methodID = classBasic<<16 | 72
	basicAck            methodID = classBasic<<16 | 80
	basicReject         methodID = classBasic<<16 | 90
	basicRecoverAsync   methodID = classBasic<<16 | 100
	basicRecover        methodID = classBasic<<16 | 110
	basicRecoverOK      methodID = classBasic<<16 | 111
	basicNack           methodID = classBasic<<16 | 120
	confirmSelect       methodID = classConfirm<<16 | 10
	confirmSelectOK     methodID = classConfirm<<16 | 11
	txSelect            methodID = classTx<<16 | 10
	txSelectOK          methodID = classTx<<16 | 11
	txCommit            methodID = classTx<<16 | 20
	txCommitOK          methodID = classTx<<16 | 21
	txRollback          methodID = classTx<<16 | 30
	txRollbackOK        methodID = classTx<<16 | 31
)

// Frame types and the octet every frame ends with.
const (
	frameMethod    = 1
	frameHeader    = 2
	frameBody      = 3
	frameHeartbeat = 8
	frameEnd       = 0xCE
	// frameOverhead is the seven octets before a payload and the one after it.
	frameOverhead = 8
	// frameMinMax is the smallest frame-max a peer may ask for.
	frameMinMax = 4096
)
