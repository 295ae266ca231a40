import type { KnownServer } from './mcp-servers.shape.ts';

/** Mail, chat, documents, customers, money. Source: the servers' own tool lists. */
export const officeServers: readonly KnownServer[] = [
  {
    id: 'atlassian',
    named: 'atlassian, jira, confluence, rovo, jira confluence, mcp atlassian',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      read: getAccessibleAtlassianResources atlassianUserInfo lookupJiraAccountId
      read untrusted sensitive: fetchAtlassian searchAtlassian
      write: transitionJiraIssue addWorklogToJiraIssue jira_transition_issue jira_add_worklog jira_link_to_epic
      send: addCommentToJiraIssue createConfluenceFooterComment createConfluenceInlineComment jira_add_comment
        confluence_add_comment
      write bulk: jira_batch_create_issues
      read untrusted: jira_batch_get_changelogs
    `,
  },
  {
    id: 'notion',
    named: 'notion',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      read untrusted sensitive: notion-search notion-fetch API-post-search API-post-database-query
        API-query-data-source API-retrieve-a-page
      write: notion-create-pages notion-update-page notion-move-pages notion-duplicate-page API-post-page
        API-patch-page API-patch-block-children API-create-a-database
      send: notion-create-comment API-create-a-comment
      read: notion-get-users
      delete: API-delete-a-block
    `,
  },
  {
    id: 'google-drive',
    named: `
      google drive, gdrive, google docs, google sheets, gsheets, google workspace, gworkspace, workspace,
      onedrive, sharepoint, dropbox, box, microsoft 365, ms365, office
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      grant: share_drive_file share_file create_permission add_collaborator create_sharing_link create_shared_link
      read untrusted sensitive: gdrive_search gdrive_read_file read_file_content download_file_content
      read sensitive: get_file_permissions list_recent_files
      write: gsheets_update_cell
    `,
  },
  {
    id: 'gmail',
    named: 'gmail, google mail, mail, email, imap, smtp, outlook, fastmail, proton mail',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: send_email send_draft
      write: draft_email create_draft modify_email label_message label_thread unlabel_message
      read untrusted sensitive: read_email search_emails search_threads get_thread download_attachment
      delete bulk: batch_delete_emails
      write bulk: batch_modify_emails
      configure later-execution: create_filter create_filter_from_template
      grant: create_forwarding_address enable_auto_forwarding
      configure: update_vacation_settings
    `,
  },
  {
    id: 'google-calendar',
    named: 'google calendar, gcal, calendar, calendly, cal',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: create_event create-event respond_to_event
      write: update_event
      read: find_free_time suggest_time get-freebusy list-calendars
      read untrusted sensitive: list_events
    `,
  },
  {
    id: 'linear',
    named: 'linear, shortcut, height, plane',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: create_comment linear_create_comment
      read: list_teams list_users get_user search_documentation list_cycles get_team list_issue_statuses
        list_issue_labels
      read untrusted: list_projects extract_images
      write: create_issue update_issue
    `,
  },
  {
    id: 'slack',
    named: 'slack, mattermost, rocketchat, zulip, teams, microsoft teams, google chat, webex',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: slack_post_message slack_reply_to_thread slack_schedule_message conversations_add_message
      write: slack_add_reaction slack_send_message_draft slack_create_canvas
      read: slack_list_channels slack_get_users channels_list users_list
      read untrusted sensitive: slack_get_channel_history slack_get_thread_replies slack_search_public_and_private
        slack_read_channel slack_read_thread conversations_history conversations_replies
        conversations_search_messages
      read sensitive: slack_get_user_profile
      read untrusted: slack_search_public
    `,
  },
  {
    id: 'discord',
    named: 'discord',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: discord_send discord_send_webhook_message discord_reply_to_forum discord_create_forum_post
        send-message
      impersonate: discord_login
      read untrusted sensitive: discord_read_messages read-messages
      grant: discord_create_webhook
      write: discord_add_reaction
      delete irreversible: discord_delete_channel
    `,
  },
  {
    id: 'telegram',
    named: 'telegram',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: send_message reply_to_message forward_message send_file
      read sensitive: get_chats
      grant: invite_to_group promote_admin export_chat_invite
      delete: ban_user
    `,
  },
  {
    id: 'whatsapp',
    named: 'whatsapp, imessage, signal, sms, messages, line, wechat, viber',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: send_message send_file send_audio_message
      read sensitive: search_contacts
      read untrusted sensitive: list_messages list_chats get_last_interaction
      receive untrusted: download_media
    `,
  },
  {
    id: 'stripe',
    named: `
      stripe, adyen, braintree, lemon squeezy, paddle, chargebee, recurly, polar, razorpay, mollie,
      gocardless, mercado pago
    `,
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      send sensitive irreversible: create_refund
      write: create_payment_link create_invoice update_subscription create_coupon create_product create_price
        update_dispute
      send: finalize_invoice
      delete: cancel_subscription
      read sensitive: list_customers retrieve_balance search_stripe_resources fetch_stripe_resources
      read: search_stripe_documentation
      execute: stripe_api_execute
    `,
  },
  {
    id: 'paypal',
    named: `
      paypal, square, wise, revolut, plaid, brex, ramp, mercury, venmo, coinbase, binance, kraken, alpaca,
      robinhood, quickbooks, xero, bank, banking, metamask, solana, ethereum, wallet
    `,
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      send: send_invoice
      send irreversible: create_refund pay_order accept_dispute_claim place_order transfer_tokens close_position
      write: create_order create_shipment_tracking
      delete: cancel_sent_invoice
      read sensitive untrusted: list_transactions
      execute: make_api_request
    `,
  },
  {
    id: 'shopify',
    named: 'shopify, woocommerce, bigcommerce, magento, etsy, amazon, ebay, instacart, doordash, uber',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      write: update-order update-customer update_cart
      read untrusted sensitive: get-orders
      read sensitive: get-customers
      read: introspect_admin_schema search_dev_docs learn_shopify_api
      send: place_order
    `,
  },
  {
    id: 'hubspot',
    named: `
      hubspot, pipedrive, zoho, close, attio, apollo, outreach, marketo, activecampaign, klaviyo, mailchimp,
      customer io, braze, segment, clay
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      write: hubspot-create-engagement manage_crm_objects create_campaign
      write bulk: hubspot-batch-create-objects hubspot-batch-update-objects
      read untrusted sensitive: hubspot-search-objects hubspot-list-objects
      send bulk: send_campaign
      read: run_report
    `,
  },
  {
    id: 'salesforce',
    named: `
      salesforce, sfdc, dynamics, servicenow, service now, workday, sap, netsuite, bamboohr, rippling, gusto,
      greenhouse, ashby
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      write: salesforce_dml_records create_org_snapshot
      read untrusted sensitive: salesforce_query_records salesforce_search_all run_soql_query
      execute: salesforce_execute_anonymous deploy_metadata
      write later-execution: salesforce_write_apex salesforce_write_apex_trigger
      grant: assign_permission_set salesforce_manage_field_permissions
      configure: salesforce_manage_field
    `,
  },
  {
    id: 'zendesk',
    named: 'zendesk, intercom, freshdesk, front, help scout, crisp, gorgias, kustomer, drift',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: create_ticket_comment reply_conversation
      read untrusted sensitive: search_conversations get_conversation get_ticket_comments
      read sensitive: search_contacts
      write: update_ticket
    `,
  },
  {
    id: 'asana',
    named: 'asana, monday, trello, clickup, basecamp, wrike, youtrack, teamwork',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      send: asana_create_task_story asana_create_comment create_update create_notification
        clickup_create_task_comment
      read: asana_typeahead_search
      write: create_item change_item_column_values move_item_to_group
      execute: all_monday_api
      delete: delete_item
    `,
  },
  {
    id: 'todoist',
    named: 'todoist, ticktick, things, apple reminders, reminders, microsoft todo',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      write: complete-tasks add-tasks add-comments
      read sensitive: find-tasks
      read: find-completed-tasks
      delete: delete-object
    `,
  },
  {
    id: 'airtable',
    named: 'airtable, coda, smartsheet, nocodb, baserow, retool, google forms, typeform',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      read untrusted sensitive: list_records search_records
      write bulk: update_records
      delete bulk: delete_records
      write: create_record
      read: describe_table
    `,
  },
  {
    id: 'figma',
    named: `
      figma, canva, framer, miro, lucid, excalidraw, penpot, sketch, webflow, wordpress, wix, contentful,
      sanity, storyblok, ghost
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      read untrusted: get_design_context get_code get_image get_screenshot get_metadata
      read: get_variable_defs create_design_system_rules export-design
      write: use_figma add_code_connect_map
      receive: upload-asset-from-url
      send: publish_post sites_publish publish_documents
      delete: unpublish_documents
    `,
  },
  {
    id: 'twilio',
    named: 'twilio, vonage, messagebird, bandwidth, plivo, vapi, bland, elevenlabs',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      send: create_call CreateMessage TwilioApiV2010--CreateMessage TwilioApiV2010--CreateCall make_outbound_call
      read untrusted sensitive: TwilioApiV2010--ListMessage
    `,
  },
  {
    id: 'sendgrid',
    named: 'sendgrid, mailgun, postmark, resend, ses, brevo, mailjet, loops, sparkpost',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      send: send-email schedule-email
      write: create-contact
      send bulk: send-broadcast send_to_list
    `,
  },
  {
    id: 'zapier',
    named: 'zapier, make, n8n, pipedream, composio, ifttt, activepieces, workato, tray, relay, arcade, metorial',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      execute: execute_action RUBE_MULTI_EXECUTE_TOOL RUBE_REMOTE_BASH_TOOL RUBE_REMOTE_WORKBENCH
        COMPOSIO_MULTI_EXECUTE_TOOL COMPOSIO_REMOTE_BASH_TOOL
      write later-execution: n8n_create_workflow n8n_update_full_workflow
      send: n8n_trigger_webhook_workflow
      configure: edit_actions add_actions
    `,
  },
  {
    id: 'social',
    named: `
      twitter, x, reddit, linkedin, facebook, instagram, bluesky, mastodon, youtube, tiktok, hacker news,
      threads, pinterest
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      send: create_post post_tweet create_comment send_connection_request
      delete: delete_tweet
      read untrusted: get_transcript
    `,
  },
  {
    id: 'music-media',
    named: 'spotify, apple music, sonos, plex, home assistant, homeassistant, philips hue, smartthings, tesla, nest',
    zone: 'other-host',
    reads: [],
    tools: `
      execute: HassTurnOn HassTurnOff call_service call_service_tool entity_action
    `,
  },
  {
    id: 'passwords',
    named: '1password, onepassword, bitwarden, lastpass, keeper, doppler, infisical, akeyless, dashlane',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      read sensitive: get list item_get get-secret retrieve_password
      write sensitive: create-secret
    `,
  },
  {
    id: 'identity',
    named: 'okta, auth0, clerk, keycloak, workos, descope, frontegg, jumpcloud, google admin',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      grant: auth0_create_application activate_user assign_user_to_group add_user_to_group
      configure: auth0_update_application
      execute later-execution: auth0_deploy_action
      delete: deactivate_user
    `,
  },
  {
    id: 'product-analytics',
    named: `
      posthog, amplitude, mixpanel, google analytics, plausible, heap, pendo, fullstory, launchdarkly,
      statsig, split, growthbook, optimizely
    `,
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      configure: update-feature-flag toggle-flag update_gate
      delete: delete-feature-flag
      read: query-run
      read sensitive: hogql_query
    `,
  },
  {
    id: 'knowledge',
    named: `
      guru, slab, glean, readwise, evernote, roam, mem, granola, fireflies, otter, gong, zoom, loom, fathom,
      read
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      read untrusted sensitive: get_meeting_transcript query_granola_meetings search chat
    `,
  },
];
