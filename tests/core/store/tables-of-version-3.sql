CREATE TABLE clusters (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "name" TEXT NOT NULL, "status" TEXT NOT NULL, "created_at" REAL NOT NULL, "declared" INTEGER NOT NULL, "capacity_providers" TEXT NOT NULL, "default_strategy" TEXT NOT NULL, "tags" TEXT NOT NULL);
CREATE INDEX clusters_seq ON clusters (seq);
CREATE TABLE instances (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "id" TEXT NOT NULL, "name" TEXT NOT NULL, "cluster" TEXT NOT NULL, "url" TEXT NOT NULL, "way" TEXT NOT NULL, "route" TEXT NOT NULL, "status" TEXT NOT NULL, "connectivity" TEXT NOT NULL, "connectivity_at" REAL NOT NULL, "problem" TEXT NOT NULL, "impaired" INTEGER NOT NULL, "cpu_units" INTEGER NOT NULL, "memory_mib" INTEGER NOT NULL, "reserved_ports" TEXT NOT NULL, "reserved_cpu_units" INTEGER NOT NULL, "reserved_memory_mib" INTEGER NOT NULL, "gpus" TEXT NOT NULL, "image_pull" TEXT NOT NULL, "own_attributes" TEXT NOT NULL, "declared_attributes" TEXT NOT NULL, "foreign_ports" TEXT NOT NULL, "attributes" TEXT NOT NULL, "docker_version" TEXT NOT NULL, "api_version" TEXT NOT NULL, "os" TEXT NOT NULL, "architecture" TEXT NOT NULL, "marked" INTEGER NOT NULL, "drain_deadline" REAL, "pulled_images" TEXT NOT NULL, "images_cleaned_at" REAL NOT NULL, "removed_from_config" INTEGER NOT NULL, "tags" TEXT NOT NULL, "registered_at" REAL NOT NULL, "version" INTEGER NOT NULL);
CREATE INDEX instances_seq ON instances (seq);
CREATE TABLE definitions (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "family" TEXT NOT NULL, "revision" INTEGER NOT NULL, "status" TEXT NOT NULL, "containers" TEXT NOT NULL, "volumes" TEXT NOT NULL, "network_mode" TEXT NOT NULL, "cpu_units" INTEGER, "memory_mib" INTEGER, "pid_mode" TEXT NOT NULL, "ipc_mode" TEXT NOT NULL, "placement_constraints" TEXT NOT NULL, "required_attributes" TEXT NOT NULL, "requires_compatibilities" TEXT NOT NULL, "cpu_architecture" TEXT NOT NULL, "task_role_arn" TEXT NOT NULL, "execution_role_arn" TEXT NOT NULL, "tags" TEXT NOT NULL, "warnings" TEXT NOT NULL, "source" TEXT NOT NULL, "digest" TEXT NOT NULL, "registered_at" REAL NOT NULL, "registered_by" TEXT NOT NULL, "deregistered_at" REAL, "delete_requested_at" REAL);
CREATE INDEX definitions_seq ON definitions (seq);
CREATE TABLE services (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "cluster" TEXT NOT NULL, "name" TEXT NOT NULL, "definition" TEXT NOT NULL, "desired_count" INTEGER NOT NULL, "status" TEXT NOT NULL, "scheduling_strategy" TEXT NOT NULL, "minimum_healthy_percent" INTEGER NOT NULL, "maximum_percent" INTEGER NOT NULL, "circuit_breaker" TEXT NOT NULL, "bake_time_minutes" INTEGER NOT NULL, "early_success" TEXT NOT NULL, "health_check_grace_s" REAL NOT NULL, "healthy_after_s" REAL, "probe" TEXT NOT NULL, "placement_constraints" TEXT NOT NULL, "placement_strategy" TEXT NOT NULL, "capacity_provider_strategy" TEXT NOT NULL, "replace" TEXT NOT NULL, "replace_asked" TEXT NOT NULL, "replace_confirmed" TEXT NOT NULL, "zone_rebalancing" INTEGER NOT NULL, "rebalance_at_once" INTEGER NOT NULL, "moving" TEXT NOT NULL, "rebalance_again_at" REAL, "auto_scaling" TEXT NOT NULL, "scaled" TEXT NOT NULL, "tags" TEXT NOT NULL, "propagate_tags" TEXT NOT NULL, "managed_tags" INTEGER NOT NULL, "client_token" TEXT NOT NULL, "created_by" TEXT NOT NULL, "created_at" REAL NOT NULL, "why" TEXT NOT NULL, "steady" INTEGER NOT NULL, "last_complaint" TEXT NOT NULL, "told_at" REAL NOT NULL);
CREATE INDEX services_seq ON services (seq);
CREATE TABLE deployments (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "id" TEXT NOT NULL, "cluster" TEXT NOT NULL, "service" TEXT NOT NULL, "definition" TEXT NOT NULL, "status" TEXT NOT NULL, "rollout_state" TEXT NOT NULL, "rollout_reason" TEXT NOT NULL, "desired_count" INTEGER NOT NULL, "pending_count" INTEGER NOT NULL, "running_count" INTEGER NOT NULL, "failed_tasks" INTEGER NOT NULL, "last_failure" TEXT NOT NULL, "failures" INTEGER NOT NULL, "failed_at" REAL, "baking_since" REAL, "backoff_step" INTEGER NOT NULL, "backoff_at" REAL, "retry_at" REAL, "image_digests" TEXT NOT NULL, "probe" TEXT NOT NULL, "created_at" REAL NOT NULL, "primary_at" REAL NOT NULL, "updated_at" REAL NOT NULL);
CREATE INDEX deployments_seq ON deployments (seq);
CREATE TABLE tasks (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "id" TEXT NOT NULL, "cluster" TEXT NOT NULL, "definition" TEXT NOT NULL, "group" TEXT NOT NULL, "started_by" TEXT NOT NULL, "service" TEXT NOT NULL, "deployment" TEXT NOT NULL, "instance" TEXT NOT NULL, "capacity_provider" TEXT NOT NULL, "desired_status" TEXT NOT NULL, "last_status" TEXT NOT NULL, "health" TEXT NOT NULL, "target_health" TEXT NOT NULL, "containers" TEXT NOT NULL, "cpu_units" INTEGER NOT NULL, "memory_mib" INTEGER NOT NULL, "ports" TEXT NOT NULL, "gpu_count" INTEGER NOT NULL, "gpus" TEXT NOT NULL, "why" TEXT NOT NULL, "created_at" REAL NOT NULL, "pull_started_at" REAL, "pull_stopped_at" REAL, "started_at" REAL, "healthy_since" REAL, "stopping_at" REAL, "stopped_at" REAL, "stop_code" TEXT, "stopped_reason" TEXT NOT NULL, "superseded_by" TEXT NOT NULL, "protected_until" REAL, "request" TEXT NOT NULL, "propagated_tags" TEXT NOT NULL, "changed_tags" TEXT NOT NULL, "schedule" TEXT NOT NULL, "version" INTEGER NOT NULL);
CREATE INDEX tasks_seq ON tasks (seq);
CREATE TABLE schedules (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "cluster" TEXT NOT NULL, "name" TEXT NOT NULL, "expression" TEXT NOT NULL, "timezone" TEXT NOT NULL, "definition" TEXT NOT NULL, "target" TEXT NOT NULL, "description" TEXT NOT NULL, "state" TEXT NOT NULL, "start_at" REAL, "end_at" REAL, "missed_runs" TEXT NOT NULL, "overlap" TEXT NOT NULL, "maximum_event_age_s" INTEGER NOT NULL, "window_minutes" INTEGER NOT NULL, "after_completion" TEXT NOT NULL, "next_at" REAL, "planned_at" REAL, "done_at" REAL NOT NULL, "runs" TEXT NOT NULL, "tags" TEXT NOT NULL, "created_by" TEXT NOT NULL, "created_at" REAL NOT NULL, "updated_at" REAL NOT NULL);
CREATE INDEX schedules_seq ON schedules (seq);
CREATE TABLE families (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "name" TEXT NOT NULL, "last_revision" INTEGER NOT NULL);
CREATE INDEX families_seq ON families (seq);
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE tombstones (
    kind TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, key)
);
CREATE INDEX tombstones_seq ON tombstones (seq);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
    message TEXT NOT NULL, cluster TEXT NOT NULL, level TEXT NOT NULL, event_name TEXT NOT NULL
);
CREATE INDEX events_of ON events (subject, name, number);
CREATE TABLE commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, action TEXT NOT NULL, input TEXT NOT NULL,
    submitted_by TEXT NOT NULL, submitted_at REAL NOT NULL,
    verdict TEXT, answered_at REAL, code TEXT, message TEXT, output TEXT
);
CREATE INDEX commands_pending ON commands (number) WHERE verdict IS NULL;
CREATE TABLE pulses (name TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL);
-- AutoScaling: min_capacity, max_capacity, policies, scale_in_suspended, scale_out_suspended
-- CapacityProvider: name, members, expression
-- CircuitBreaker: enabled, rollback, threshold_type, threshold, reset_on_healthy_task
-- Cluster: name, status, created_at, declared, capacity_providers, default_strategy, tags
-- Container: name, image, status, runtime_id, image_digest, health, exit_code, reason, oom_killed, network_bindings, started_at, finished_at, restart_count, ended_run
-- ContainerDefinition: name, image, essential, cpu_units, memory_mib, memory_reservation_mib, command, entry_point, environment, environment_files, secrets, repository_credentials, port_mappings, mount_points, volumes_from, links, depends_on, health_check, restart_policy, start_timeout_s, stop_timeout_s, log_configuration, linux, ulimits, sysctls, docker_labels, security_options, dns_servers, dns_search_domains, extra_hosts, hostname, user, working_directory, gpu_count, privileged, readonly_root_filesystem, version_consistency, interactive, pseudo_terminal, disable_networking
-- ContainerInstance: id, name, cluster, url, way, route, status, connectivity, connectivity_at, problem, impaired, cpu_units, memory_mib, reserved_ports, reserved_cpu_units, reserved_memory_mib, gpus, image_pull, own_attributes, declared_attributes, foreign_ports, attributes, docker_version, api_version, os, architecture, marked, drain_deadline, pulled_images, images_cleaned_at, removed_from_config, tags, registered_at, version
-- Dependency: container, condition
-- Deployment: id, cluster, service, definition, status, rollout_state, rollout_reason, desired_count, pending_count, running_count, failed_tasks, last_failure, failures, failed_at, baking_since, backoff_step, backoff_at, retry_at, image_digests, probe, created_at, primary_at, updated_at
-- Device: host_path, container_path, permissions
-- EarlySuccess: healthy_percent, cleanup
-- Family: name, last_revision
-- HealthCheck: command, interval_s, timeout_s, retries, start_period_s
-- HostPort: port, protocol, ip
-- LinuxParameters: capabilities_add, capabilities_drop, devices, init_process_enabled, shared_memory_mib, tmpfs, max_swap_mib, swappiness
-- LogConfiguration: driver, options, secret_options
-- MountPoint: volume, container_path, read_only
-- Moving: task, target, stand_in
-- NetworkBinding: container_port, host_port, protocol, bind_ip
-- PlacementConstraint: type, expression
-- PlacementStrategy: type, field
-- PortMapping: container_port, host_port, protocol, name, of_range
-- Probe: protocol, container, port, path, command, matcher, interval_s, timeout_s, healthy_threshold, unhealthy_threshold
-- ProviderShare: provider, weight, base
-- PulledImage: image, digest, ours, pulled_at, used_at
-- RequiredAttribute: name, value
-- RestartPolicy: ignored_exit_codes, attempt_period_s
-- Run: scheduled_at, at, result, tasks, reason, ended_at, by_hand, planned_at
-- Scaled: out_at, out_from, in_at, at_maximum
-- ScalingPolicy: metric, target_percent, scale_out_cooldown_s, scale_in_cooldown_s, disable_scale_in
-- Schedule: cluster, name, expression, timezone, definition, target, description, state, start_at, end_at, missed_runs, overlap, maximum_event_age_s, window_minutes, after_completion, next_at, planned_at, done_at, runs, tags, created_by, created_at, updated_at
-- Secret: name, value_from
-- Service: cluster, name, definition, desired_count, status, scheduling_strategy, minimum_healthy_percent, maximum_percent, circuit_breaker, bake_time_minutes, early_success, health_check_grace_s, healthy_after_s, probe, placement_constraints, placement_strategy, capacity_provider_strategy, replace, replace_asked, replace_confirmed, zone_rebalancing, rebalance_at_once, moving, rebalance_again_at, auto_scaling, scaled, tags, propagate_tags, managed_tags, client_token, created_by, created_at, why, steady, last_complaint, told_at
-- TargetHealth: state, reason, description, failed, failing_since
-- Task: id, cluster, definition, group, started_by, service, deployment, instance, capacity_provider, desired_status, last_status, health, target_health, containers, cpu_units, memory_mib, ports, gpu_count, gpus, why, created_at, pull_started_at, pull_stopped_at, started_at, healthy_since, stopping_at, stopped_at, stop_code, stopped_reason, superseded_by, protected_until, request, propagated_tags, changed_tags, schedule, version
-- TaskDefinition: family, revision, status, containers, volumes, network_mode, cpu_units, memory_mib, pid_mode, ipc_mode, placement_constraints, required_attributes, requires_compatibilities, cpu_architecture, task_role_arn, execution_role_arn, tags, warnings, source, digest, registered_at, registered_by, deregistered_at, delete_requested_at
-- Tmpfs: container_path, size_mib, mount_options
-- Ulimit: name, soft, hard
-- Volume: name, kind, source_path, driver, driver_options, labels, autoprovision, file_system, root_directory
-- VolumesFrom: container, read_only
