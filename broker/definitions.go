package broker

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// Definitions returns a file that RabbitMQ imports (rabbitmqctl
// import_definitions, or load_definitions in its configuration), with the same
// users and bounds as the commands by hand. It holds hashes of the passwords, so
// keep it as secret as the passwords.
func Definitions(host string, bounds Bounds, users []User) []byte {
	type object = map[string]any
	people, permissions, topics := []object{}, []object{}, []object{}
	for _, u := range users {
		people = append(people, object{
			"name": u.Name, "password_hash": hash(u.Password.Reveal()), "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "",
		})
		permissions = append(permissions, object{"user": u.Name, "vhost": host, "configure": u.Configure, "write": u.Write, "read": u.Read})
		for _, t := range u.Topics {
			topics = append(topics, object{"user": u.Name, "vhost": host, "exchange": t.Exchange, "write": t.Write, "read": t.Read})
		}
	}
	policy := object{"pattern": bounds.Pattern, "definition": bounds.Policy(), "apply-to": "queues", "priority": 0}
	out, err := json.MarshalIndent(object{
		"vhosts": []object{{"name": host}}, "users": people, "permissions": permissions, "topic_permissions": topics,
		"parameters": []object{{"vhost": host, "component": "operator_policy", "name": PolicyName, "value": policy}},
	}, "", "  ")
	if err != nil {
		panic("broker: " + err.Error()) // texts and numbers always encode
	}
	return out
}

// hash returns a password in RabbitMQ's form: four bytes of salt, and the
// SHA-256 of the salt and the password.
func hash(password string) string {
	salt := make([]byte, 4, 4+sha256.Size)
	_, _ = rand.Read(salt) // never fails
	sum := sha256.Sum256(append(salt[:4:4], password...))
	return base64.StdEncoding.EncodeToString(append(salt, sum[:]...))
}
