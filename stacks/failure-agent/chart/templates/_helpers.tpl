{{- define "agent.selector" -}}
app.kubernetes.io/name: failure-agent
app.kubernetes.io/component: api
{{- end }}

{{- define "agent.labels" -}}
app.kubernetes.io/name: failure-agent
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
platform/environment: {{ .Values.environment }}
platform/region: {{ .Values.region }}
{{- end }}

{{- define "agent.image" -}}
{{- printf "%s/%s:%s" .Values.image.registry .repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end }}

{{/* What every container of the agent may: nothing but run. */}}
{{- define "agent.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "agent.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* How the database is reached: with TLS that proves who it is. */}}
{{- define "agent.database" -}}
- { name: PGHOST, value: {{ .Values.database.writer | quote }} }
- { name: PGHOST_READER, value: {{ .Values.database.reader | quote }} }
- { name: PGPORT, value: {{ .Values.database.port | quote }} }
- { name: PGDATABASE, value: {{ .Values.database.name | quote }} }
- { name: PGSSLMODE, value: verify-full }
- { name: PGSSLROOTCERT, value: /certificates/rds-ca.pem }
- { name: PGUSER, valueFrom: { secretKeyRef: { name: failure-agent-database, key: username } } }
- { name: PGPASSWORD, valueFrom: { secretKeyRef: { name: failure-agent-database, key: password } } }
{{- end }}
