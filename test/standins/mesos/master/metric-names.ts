const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** What a recorded master counts below `master/`, but for resources, tasks and operations. */
export const PLAIN_MASTER = words(`
dropped_messages elected event_queue_dispatches event_queue_http_requests event_queue_messages frameworks_active frameworks_connected
frameworks_disconnected frameworks_inactive http_cache_hits invalid_executor_to_framework_messages invalid_framework_to_executor_messages
invalid_operation_status_update_acknowledgements invalid_operation_status_updates invalid_status_update_acknowledgements invalid_status_updates
messages_authenticate messages_deactivate_framework messages_decline_offers messages_executor_to_framework messages_exited_executor
messages_framework_to_executor messages_kill_task messages_launch_tasks messages_operation_status_update
messages_operation_status_update_acknowledgement messages_reconcile_operations messages_reconcile_tasks messages_register_framework
messages_register_slave messages_reregister_framework messages_reregister_slave messages_resource_request messages_revive_offers
messages_status_update messages_status_update_acknowledgement messages_suppress_offers messages_unregister_framework messages_unregister_slave
messages_update_slave operator_event_stream_subscribers outstanding_offers recovery_slave_removals slave_registrations slave_removals
slave_removals/reason_registered slave_removals/reason_unhealthy slave_removals/reason_unregistered slave_reregistrations slave_shutdowns_canceled
slave_shutdowns_completed slave_shutdowns_scheduled slave_unreachable_canceled slave_unreachable_completed slave_unreachable_scheduled slaves_active
slaves_connected slaves_disconnected slaves_inactive slaves_unreachable uptime_secs valid_executor_to_framework_messages
valid_framework_to_executor_messages valid_operation_status_update_acknowledgements valid_operation_status_updates
valid_status_update_acknowledgements valid_status_updates
`)

/** What operators and frameworks do with resources. */
export const OPERATIONS = words(`
create create_disk destroy destroy_disk grow_volume reserve shrink_volume unreserve
`)

/** How far such an operation is. */
export const OPERATION_STATES = words(`
dropped error failed finished gone_by_operator pending recovering total unreachable
`)

/** The calls of a framework. */
export const CALL_NAMES = words(`
accept accept_inverse_offers acknowledge acknowledge_operation_status decline decline_inverse_offers kill message reconcile reconcile_operations
request revive shutdown subscribe suppress teardown update_framework
`)

/** The events that it is sent. */
export const EVENT_NAMES = words(`
error failure heartbeat inverse_offers message offers rescind rescind_inverse_offer subscribed update update_operation_status
`)
